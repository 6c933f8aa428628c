// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPermit2} from "./external/IPermit2.sol";

/// @title The one contract that holds and moves tokens
/// @notice Everyone has an account with an available balance. The market's contracts lock tokens out of accounts and
/// release them into accounts; nobody else moves anything. Invariant, to the wei, always:
/// `token.balanceOf(escrow) >= sum of available balances + sum of locks`, with equality unless somebody gave tokens away
/// by a bare transfer.
interface IEscrow {
    /// @param owner who may withdraw; zero for the burn account
    /// @param available token wei
    struct Account {
        address owner;
        uint96 available;
    }

    /// @notice What a session key may still spend of an owner's balance.
    /// @param budget token wei left, for locks and what they burn
    /// @param expiry unix seconds from which the key can spend nothing
    struct Session {
        uint96 budget;
        uint40 expiry;
    }

    /// @notice An account got its number. Account 0 is the burn account and has no owner.
    event AccountOpened(uint32 indexed account, address indexed owner);
    /// @notice `from` paid `amount` token wei into an account.
    event Deposited(uint32 indexed account, address indexed from, uint256 amount);
    /// @notice An account's owner took `amount` token wei out, to `to`.
    event Withdrawn(uint32 indexed account, address indexed to, uint256 amount);
    /// @notice `amount` moved from the account's available balance into the lock of `locker`.
    event Locked(address indexed locker, uint32 indexed account, uint256 amount);
    /// @notice `amount` moved from the lock of `locker` to the account's available balance.
    event Released(address indexed locker, uint32 indexed account, uint256 amount);
    /// @notice As two of `Released`, in one.
    event ReleasedToTwo(
        address indexed locker,
        uint32 indexed account,
        uint32 indexed secondAccount,
        uint256 amount,
        uint256 secondAmount
    );
    /// @notice Burned tokens left for the burn address.
    event BurnSwept(uint256 amount);
    /// @notice `key` may have up to `budget` token wei of `owner` locked, until `expiry`, unix seconds. Replaces what it could before.
    event SessionAuthorized(address indexed owner, address indexed key, uint96 budget, uint40 expiry);
    /// @notice `key` may spend nothing of `owner` any more.
    event SessionRevoked(address indexed owner, address indexed key);
    /// @notice `key` had `amount` token wei of `owner` locked, burned tokens included; `left` of its budget remains.
    event SessionSpent(address indexed owner, address indexed key, uint256 amount, uint256 left);

    error Escrow_NotAMarketContract(address caller);
    error Escrow_InsufficientBalance(address owner, uint256 available, uint256 needed);
    error Escrow_InsufficientLock(address locker, uint256 locked, uint256 needed);
    /// @notice The token delivered something else than the amount asked for (a fee, a rebase); such tokens are refused.
    error Escrow_UnexpectedDelivery(uint256 received, uint256 expected);
    error Escrow_CapExceeded(uint256 total, uint256 cap);
    error Escrow_NoAccount(address owner);
    /// @notice The key was never authorized by the owner, was revoked, or expired.
    error Escrow_NoSession(address owner, address key, uint256 expiry);
    error Escrow_SessionBudgetExceeded(address owner, address key, uint256 left, uint256 needed);
    error Escrow_InvalidSession(string field);
    /// @notice This market was deployed without a Permit2 contract.
    error Escrow_NoPermit2();
    error Escrow_ZeroAmount();
    error Escrow_ZeroAddress();

    /// @notice Moves tokens of the caller into the account of `owner`.
    /// @dev Requirements: `amount` > 0; `owner` is not zero; the token delivers exactly `amount`; all deposits together stay below 2^96.
    /// @return account the number of the owner's account, opened when new
    function deposit(address owner, uint256 amount) external returns (uint32 account);

    /// @notice As `deposit` for the caller's own account, with an ERC-2612 permit instead of an approval.
    /// @dev Warning: anyone can submit a permit first; then the allowance it left serves, and the call still succeeds.
    function depositWithPermit(
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint32 account);

    /// @notice As `depositWithPermit`, for the account and out of the wallet of `owner`, by a market contract that `owner` called.
    /// @dev Warning: where the permit fails, any allowance of `owner` for this contract serves: a market contract names its own caller, and nobody else.
    /// Requirements: the caller is one of the market's contracts; otherwise as `deposit`.
    function depositOfWithPermit(
        address owner,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint32 account);

    /// @notice Moves tokens of `owner` into its own account, on its Permit2 signature with this contract as the spender. Anyone may send it.
    /// @dev Requirements: the market has a Permit2 contract, which `owner` approved once for the token; signature, nonce and deadline hold there;
    /// `amount` is at most what was signed; otherwise as `deposit`.
    /// @param nonce Permit2's unordered nonce; the owner revokes it there (`invalidateUnorderedNonces`)
    /// @param deadline unix seconds
    function depositWithPermit2(
        address owner,
        uint256 amount,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint32 account);

    /// @notice Lets a hot key have tokens of the caller locked in the market: form, renew and top up agreements, post bids, open audits, stake. It can never withdraw.
    /// @dev Requirements: `key` is neither zero nor the caller; `budget` > 0; `expiry` lies ahead. Replaces an earlier session of the same key.
    /// @param budget token wei, burned tokens included
    /// @param expiry unix seconds
    function authorizeSession(address key, uint96 budget, uint40 expiry) external;

    /// @notice Ends a session of the caller at once.
    /// @dev Requirements: there is one.
    function revokeSession(address key) external;

    /// @notice Moves available tokens of the caller to `to`.
    /// @dev Requirements: `amount` > 0; the caller's available balance covers it; `to` is not zero; the token delivers exactly `amount`.
    function withdraw(address to, uint256 amount) external;

    /// @notice Sends all burned tokens to the burn address 0x…dEaD, but those that wait for `collectBurned`. Anyone may call.
    /// @dev Requirements: something was burned since the last sweep.
    function sweepBurned() external;

    /// @notice Locks tokens of `owner` for the calling market contract.
    /// @dev Requirements: the caller is one of the market's contracts; the available balance covers `amount + burn`.
    /// A new owner gets an account, so that locking nothing opens one.
    /// @param burn token wei that go to the burn account at once, on top of `amount`
    /// @return account the number of the owner's account
    function lock(address owner, uint256 amount, uint256 burn) external returns (uint32 account);

    /// @notice As `lock`, by a session key of the owner and out of its budget.
    /// @dev Requirements: as `lock`; the session of `key` has not expired and its budget covers `amount + burn`. `key` may be the owner, who needs no session.
    function lockBy(address owner, address key, uint256 amount, uint256 burn) external returns (uint32 account);

    /// @notice Releases tokens out of the caller's lock into up to two accounts.
    /// @dev Requirements: the caller is one of the market's contracts; its lock, without what waits to be burned, covers both amounts. Zero amounts are skipped.
    function release(uint32 account, uint256 amount, uint32 secondAccount, uint256 secondAmount) external;

    /// @notice As `release`; besides, `burn` token wei of the lock are only to be burned from now on. They stay in it until `collectBurned`.
    /// @dev Requirements: as `release`; the lock, without what waits to be burned, covers all three amounts.
    function payOut(uint32 account, uint256 amount, uint32 secondAccount, uint256 secondAmount, uint256 burn) external;

    /// @notice Moves what waits to be burned from the lock of a market contract into the burn account. Anyone may call.
    /// @dev Requirements: something waits.
    function collectBurned(address marketContract) external;

    /// @notice The ERC-20 token that the market trades in.
    function token() external view returns (IERC20);
    /// @notice Available balance of `owner` in token wei; 0 when there is no account.
    function availableOf(address owner) external view returns (uint256);
    /// @notice Number of the owner's account; reverts when there is none.
    function accountOf(address owner) external view returns (uint32);
    /// @notice Owner and available balance, in token wei, of an account number.
    function accounts(uint32 account) external view returns (address owner, uint96 available);
    /// @notice Token wei locked by a market contract, what waits to be burned included.
    function lockedBy(address locker) external view returns (uint256);
    /// @notice Token wei in the lock of a market contract that wait for `collectBurned`.
    function burningOf(address marketContract) external view returns (uint256);
    /// @notice What `key` may still spend of `owner`.
    function sessions(address owner, address key) external view returns (uint96 budget, uint40 expiry);
    /// @notice The Permit2 contract; zero when the market has none.
    function permit2() external view returns (IPermit2);
    /// @notice Number of accounts opened, the burn account included.
    function accountCount() external view returns (uint32);
}
