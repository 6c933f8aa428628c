// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";

/// @title The one contract that holds and moves tokens
/// @dev Only deposits, withdrawals and the sweep touch the token, each behind the re-entrancy guard and each checked against the
/// token's own balance. `lock` and `release` are book-keeping: they call nobody, so a token's callback gains nothing from them.
contract Escrow is IEscrow, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @param locked token wei locked by the market contract
    /// @param isMarketContract always true: shares the slot, so that the check of the caller costs no read of its own
    struct Locker {
        uint96 locked;
        bool isMarketContract;
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
    mapping(uint32 account => Account) public accounts;
    /// @dev 0 for owners without an account: account 0 is the burn account, which nobody owns.
    mapping(address owner => uint32 account) private _accountNumbers;
    mapping(address marketContract => Locker) private _lockers;
    Totals private _totals;

    /// @param token_ the market's token
    /// @param marketContracts the contracts that may lock and release, for ever
    constructor(IERC20 token_, address[] memory marketContracts) {
        require(address(token_) != address(0), Escrow_ZeroAddress());
        token = token_;
        for (uint256 i = 0; i < marketContracts.length; ++i) {
            require(marketContracts[i] != address(0), Escrow_ZeroAddress());
            _lockers[marketContracts[i]].isMarketContract = true;
        }
        _totals.accountCount = 1;
        emit AccountOpened(_BURN_ACCOUNT, address(0));
    }

    /// @inheritdoc IEscrow
    function deposit(address owner, uint256 amount) external nonReentrant returns (uint32 account) {
        return _deposit(owner, amount);
    }

    /// @inheritdoc IEscrow
    function depositWithPermit(
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant returns (uint32 account) {
        // A permit that somebody submitted first fails here and has left its allowance; without one the transfer fails.
        // solhint-disable-next-line no-empty-blocks
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        return _deposit(msg.sender, amount);
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
        Locker storage locker = _lockers[msg.sender];
        require(locker.isMarketContract, Escrow_NotAMarketContract(msg.sender));
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

    /// @inheritdoc IEscrow
    function release(uint32 account, uint256 amount, uint32 secondAccount, uint256 secondAmount) external {
        Locker storage locker = _lockers[msg.sender];
        require(locker.isMarketContract, Escrow_NotAMarketContract(msg.sender));
        uint256 total = amount + secondAmount;
        uint256 locked = locker.locked;
        require(locked >= total, Escrow_InsufficientLock(msg.sender, locked, total));
        // At most `locked`, a uint96.
        unchecked {
            locker.locked = uint96(locked - total);
        }
        if (amount != 0) _credit(account, amount);
        if (secondAmount != 0) _credit(secondAccount, secondAmount);
    }

    /// @inheritdoc IEscrow
    function availableOf(address owner) external view returns (uint256) {
        uint32 account = _accountNumbers[owner];
        return account == 0 ? 0 : accounts[account].available;
    }

    /// @inheritdoc IEscrow
    function lockedBy(address locker) external view returns (uint256) {
        return _lockers[locker].locked;
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

    /// @dev Credits after delivery, not before: while the token runs, nothing can be locked that has not arrived.
    function _deposit(address owner, uint256 amount) private returns (uint32 account) {
        require(amount != 0, Escrow_ZeroAmount());
        account = _accountFor(owner);
        uint256 total = Math.saturatingAdd(_totals.held, amount);
        require(total <= _CAP, Escrow_CapExceeded(total, _CAP));

        uint256 balance = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = Math.saturatingSub(token.balanceOf(address(this)), balance);
        require(received == amount, Escrow_UnexpectedDelivery(received, amount));

        // Both stay within `total`, checked against the cap; `held` cannot have changed under the guard.
        unchecked {
            _totals.held = uint96(total);
            accounts[account].available += uint96(amount);
        }
        emit Deposited(account, msg.sender, amount);
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

    function _credit(uint32 account, uint256 amount) private {
        // Everything held together stays below 2^96.
        unchecked {
            accounts[account].available += uint96(amount);
        }
        emit Released(msg.sender, account, amount);
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
