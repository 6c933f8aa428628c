// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {IPermit2} from "./interfaces/external/IPermit2.sol";

/// @title The one contract that holds and moves tokens
/// @dev Only deposits, withdrawals and the sweep touch the token, each behind the re-entrancy guard and each checked against the
/// token's own balance. `lock` and `release` are book-keeping: they call nobody, so a token's callback gains nothing from them.
contract Escrow is IEscrow, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @param locked token wei locked by the market contract, without what waits to be burned
    /// @param burning token wei that wait for `collectBurned`: here and not in the burn account, so that burning costs no slot and no event of its own
    /// @param isMarketContract always 1: shares the slot, so that the check of the caller costs no read of its own, and fills it, so that the whole slot is
    /// written without another read
    struct Locker {
        uint96 locked;
        uint96 burning;
        uint64 isMarketContract;
    }

    /// @param held token wei in all accounts and locks
    /// @param accountCount accounts opened
    struct Totals {
        uint96 held;
        uint32 accountCount;
    }

    /// @notice Where burned tokens go; nobody has its key.
    address public constant BURN_ADDRESS = 0x000000000000000000000000000000000000dEaD;
    uint32 private constant _BURN_ACCOUNT = 0;
    /// @dev Balances are 96 bits wide. With everything held below this bound no sum of balances and locks can overflow.
    uint256 private constant _CAP = type(uint96).max;

    /// @inheritdoc IEscrow
    IERC20 public immutable token;

    /// @inheritdoc IEscrow
    IPermit2 public immutable permit2;

    /// @inheritdoc IEscrow
    mapping(uint32 account => Account) public accounts;
    /// @dev 0 for owners without an account: account 0 is the burn account, which nobody owns.
    mapping(address owner => uint32 account) private _accountNumbers;
    mapping(address marketContract => Locker) private _lockers;
    Totals private _totals;
    /// @inheritdoc IEscrow
    mapping(address owner => mapping(address key => Session)) public sessions;

    /// @param token_ the market's token
    /// @param permit2_ the chain's Permit2 contract, or zero for none
    /// @param marketContracts the contracts that may lock and release, for ever
    constructor(IERC20 token_, IPermit2 permit2_, address[] memory marketContracts) {
        require(address(token_) != address(0), Escrow_ZeroAddress());
        token = token_;
        permit2 = permit2_;
        for (uint256 i = 0; i < marketContracts.length; ++i) {
            require(marketContracts[i] != address(0), Escrow_ZeroAddress());
            _lockers[marketContracts[i]].isMarketContract = 1;
        }
        _totals.accountCount = 1;
        emit AccountOpened(_BURN_ACCOUNT, address(0));
    }

    /// @inheritdoc IEscrow
    function deposit(address owner, uint256 amount) external nonReentrant returns (uint32 account) {
        uint256 balance;
        (account, balance) = _openDeposit(owner, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
        _closeDeposit(account, msg.sender, amount, balance);
    }

    /// @inheritdoc IEscrow
    function depositWithPermit(
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint32 account) {
        return _depositWithPermit(msg.sender, amount, deadline, v, r, s);
    }

    /// @inheritdoc IEscrow
    function depositOfWithPermit(
        address owner,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint32 account) {
        // Where the permit fails, an allowance serves: nobody else may decide that an owner's is used.
        require(_lockers[msg.sender].isMarketContract != 0, Escrow_NotAMarketContract(msg.sender));
        return _depositWithPermit(owner, amount, deadline, v, r, s);
    }

    /// @inheritdoc IEscrow
    function depositWithPermit2(
        address owner,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external nonReentrant returns (uint32 account) {
        require(address(permit2) != address(0), Escrow_NoPermit2());
        uint256 balance;
        (account, balance) = _openDeposit(owner, amount);
        permit2.permitTransferFrom(
            IPermit2.PermitTransferFrom(IPermit2.TokenPermissions(address(token), amount), nonce, deadline),
            IPermit2.SignatureTransferDetails(address(this), amount),
            owner,
            signature
        );
        _closeDeposit(account, owner, amount, balance);
    }

    /// @inheritdoc IEscrow
    function authorizeSession(address key, uint96 budget, uint40 expiry) external {
        require(key != address(0) && key != msg.sender, Escrow_InvalidSession("key"));
        require(budget != 0, Escrow_InvalidSession("budget"));
        require(expiry > block.timestamp, Escrow_InvalidSession("expiry"));
        sessions[msg.sender][key] = Session(budget, expiry);
        emit SessionAuthorized(msg.sender, key, budget, expiry);
    }

    /// @inheritdoc IEscrow
    function revokeSession(address key) external {
        require(sessions[msg.sender][key].expiry != 0, Escrow_NoSession(msg.sender, key, 0));
        delete sessions[msg.sender][key];
        emit SessionRevoked(msg.sender, key);
    }

    /// @inheritdoc IEscrow
    function withdraw(address to, uint256 amount) external nonReentrant {
        require(to != address(0), Escrow_ZeroAddress());
        require(amount != 0, Escrow_ZeroAmount());
        uint32 account = accountOf(msg.sender);
        uint256 available = accounts[account].available;
        require(available >= amount, Escrow_InsufficientBalance(msg.sender, available, amount));
        // At most `available`, a uint96.
        unchecked {
            accounts[account].available = uint96(available - amount);
        }
        emit Withdrawn(account, to, amount);
        _send(to, amount);
    }

    /// @inheritdoc IEscrow
    function sweepBurned() external nonReentrant {
        uint256 amount = accounts[_BURN_ACCOUNT].available;
        require(amount != 0, Escrow_ZeroAmount());
        accounts[_BURN_ACCOUNT].available = 0;
        emit BurnSwept(amount);
        _send(BURN_ADDRESS, amount);
    }

    /// @inheritdoc IEscrow
    function lock(address owner, uint256 amount, uint256 burn) external returns (uint32 account) {
        return _lock(owner, amount, burn);
    }

    /// @inheritdoc IEscrow
    function lockBy(address owner, address key, uint256 amount, uint256 burn) external returns (uint32 account) {
        if (key != owner) _spendSession(owner, key, amount + burn);
        return _lock(owner, amount, burn);
    }

    /// @inheritdoc IEscrow
    function release(uint32 account, uint256 amount, uint32 secondAccount, uint256 secondAmount) external {
        Locker storage locker = _lockers[msg.sender];
        require(locker.isMarketContract != 0, Escrow_NotAMarketContract(msg.sender));
        uint256 total = amount + secondAmount;
        uint256 locked = locker.locked;
        require(locked >= total, Escrow_InsufficientLock(msg.sender, locked, total));
        // At most `locked`, a uint96.
        unchecked {
            locker.locked = uint96(locked - total);
        }
        _creditBoth(account, amount, secondAccount, secondAmount);
    }

    /// @inheritdoc IEscrow
    function payOut(uint32 account, uint256 amount, uint32 secondAccount, uint256 secondAmount, uint256 burn) external {
        Locker memory locker = _lockers[msg.sender];
        require(locker.isMarketContract != 0, Escrow_NotAMarketContract(msg.sender));
        uint256 total = amount + secondAmount + burn;
        require(locker.locked >= total, Escrow_InsufficientLock(msg.sender, locker.locked, total));
        // At most `locked`, a uint96; and both together are part of what is held, below 2^96.
        unchecked {
            locker.locked = uint96(locker.locked - total);
            locker.burning += uint96(burn);
        }
        // Members that fill a slot are written at once.
        _lockers[msg.sender] = locker;
        _creditBoth(account, amount, secondAccount, secondAmount);
    }

    /// @inheritdoc IEscrow
    function collectBurned(address marketContract) external {
        uint256 amount = _lockers[marketContract].burning;
        require(amount != 0, Escrow_ZeroAmount());
        _lockers[marketContract].burning = 0;
        _add(_BURN_ACCOUNT, amount);
        emit Released(marketContract, _BURN_ACCOUNT, amount);
    }

    /// @inheritdoc IEscrow
    function availableOf(address owner) external view returns (uint256) {
        uint32 account = _accountNumbers[owner];
        return account == 0 ? 0 : accounts[account].available;
    }

    /// @inheritdoc IEscrow
    function lockedBy(address locker) external view returns (uint256) {
        return uint256(_lockers[locker].locked) + _lockers[locker].burning;
    }

    /// @inheritdoc IEscrow
    function burningOf(address marketContract) external view returns (uint256) {
        return _lockers[marketContract].burning;
    }

    /// @inheritdoc IEscrow
    function accountCount() external view returns (uint32) {
        return _totals.accountCount;
    }

    /// @inheritdoc IEscrow
    function accountOf(address owner) public view returns (uint32 account) {
        account = _accountNumbers[owner];
        require(account != 0, Escrow_NoAccount(owner));
    }

    /// @dev That the caller is a market contract is for `_lock` to check.
    function _spendSession(address owner, address key, uint256 amount) private {
        Session storage session = sessions[owner][key];
        require(block.timestamp < session.expiry, Escrow_NoSession(owner, key, session.expiry));
        uint256 budget = session.budget;
        require(budget >= amount, Escrow_SessionBudgetExceeded(owner, key, budget, amount));
        // At most `budget`, a uint96.
        unchecked {
            session.budget = uint96(budget - amount);
        }
        emit SessionSpent(owner, key, amount, budget - amount);
    }

    function _lock(address owner, uint256 amount, uint256 burn) private returns (uint32 account) {
        Locker storage locker = _lockers[msg.sender];
        require(locker.isMarketContract != 0, Escrow_NotAMarketContract(msg.sender));
        account = _accountFor(owner);
        uint256 total = amount + burn;
        if (total == 0) return account;
        uint256 available = accounts[account].available;
        require(available >= total, Escrow_InsufficientBalance(owner, available, total));
        // Both stay within what is held, below 2^96.
        unchecked {
            accounts[account].available = uint96(available - total);
            locker.locked += uint96(amount);
        }
        // Burning passes through the lock, so that the events of an account and a lock add up without a third kind.
        emit Locked(msg.sender, account, total);
        if (burn != 0) _credit(_BURN_ACCOUNT, burn);
    }

    function _depositWithPermit(
        address owner,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) private returns (uint32 account) {
        // A permit that somebody submitted first fails here and has left its allowance; without one the transfer fails.
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(address(token)).permit(owner, address(this), amount, deadline, v, r, s) {} catch {}
        uint256 balance;
        (account, balance) = _openDeposit(owner, amount);
        token.safeTransferFrom(owner, address(this), amount);
        _closeDeposit(account, owner, amount, balance);
    }

    /// @return account the owner's account, opened when new
    /// @return balance what the token says that the escrow has before delivery
    function _openDeposit(address owner, uint256 amount) private returns (uint32 account, uint256 balance) {
        require(amount != 0, Escrow_ZeroAmount());
        account = _accountFor(owner);
        uint256 total = Math.saturatingAdd(_totals.held, amount);
        require(total <= _CAP, Escrow_CapExceeded(total, _CAP));
        balance = token.balanceOf(address(this));
    }

    /// @dev Credits after delivery, not before: while the token runs, nothing can be locked that has not arrived.
    function _closeDeposit(uint32 account, address from, uint256 amount, uint256 balance) private {
        uint256 received = Math.saturatingSub(token.balanceOf(address(this)), balance);
        require(received == amount, Escrow_UnexpectedDelivery(received, amount));
        // Both stay within the cap that was checked before delivery; `held` cannot have changed under the guard.
        unchecked {
            _totals.held += uint96(amount);
            accounts[account].available += uint96(amount);
        }
        emit Deposited(account, from, amount);
    }

    /// @dev A token that takes more than `amount` from here would take it from everybody else's balance.
    function _send(address to, uint256 amount) private {
        // `amount` came out of an account, and accounts are part of what is held.
        unchecked {
            _totals.held -= uint96(amount);
        }
        uint256 balance = token.balanceOf(address(this));
        token.safeTransfer(to, amount);
        uint256 delivered = Math.saturatingSub(balance, token.balanceOf(address(this)));
        require(delivered == amount, Escrow_UnexpectedDelivery(delivered, amount));
    }

    /// @dev One event for two accounts costs less than two.
    function _creditBoth(uint32 account, uint256 amount, uint32 secondAccount, uint256 secondAmount) private {
        if (secondAmount == 0) {
            if (amount != 0) _credit(account, amount);
        } else if (amount == 0) {
            _credit(secondAccount, secondAmount);
        } else {
            _add(account, amount);
            _add(secondAccount, secondAmount);
            emit ReleasedToTwo(msg.sender, account, secondAccount, amount, secondAmount);
        }
    }

    function _credit(uint32 account, uint256 amount) private {
        _add(account, amount);
        emit Released(msg.sender, account, amount);
    }

    function _add(uint32 account, uint256 amount) private {
        // Everything held together stays below 2^96.
        unchecked {
            accounts[account].available += uint96(amount);
        }
    }

    /// @dev The owner's account, opened when new.
    function _accountFor(address owner) private returns (uint32 account) {
        account = _accountNumbers[owner];
        if (account == 0) {
            require(owner != address(0), Escrow_ZeroAddress());
            account = _totals.accountCount;
            _totals.accountCount = account + 1;
            _accountNumbers[owner] = account;
            accounts[account].owner = owner;
            emit AccountOpened(account, owner);
        }
    }
}
