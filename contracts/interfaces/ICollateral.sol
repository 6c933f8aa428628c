// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What providers have at risk
/// @notice Stake is free or locked behind agreements. A missed period multiplies everything locked by a factor below one; because the
/// factors are kept as one running product per provider, a slash costs the same however many agreements there are, and each
/// agreement's share is exact when it is settled.
interface ICollateral {
    /// @param free token wei not locked; the bond is part of it
    /// @param locked token wei behind agreements
    /// @param strikes misses since the ladder last started over; 255 = failed for ever
    /// @param lastMiss last missed period
    /// @param slashes missed periods that were slashed, ever
    struct Stake {
        uint96 free;
        uint96 locked;
        uint8 strikes;
        uint32 lastMiss;
        uint24 slashes;
    }

    /// @param amount token wei
    /// @param releaseTime unix seconds
    struct Unbonding {
        uint96 amount;
        uint40 releaseTime;
    }

    /// @notice Free stake of a provider grew by `amount` token wei, paid by `from`.
    event Staked(uint32 indexed provider, address indexed from, uint256 amount);
    /// @notice `amount` token wei left the free stake and can be withdrawn from `releaseTime`, unix seconds.
    event UnbondRequested(uint32 indexed provider, uint256 amount, uint256 releaseTime);
    /// @notice `amount` token wei of unbonded stake went to the operator's escrow account.
    event Unbonded(uint32 indexed provider, uint256 amount);
    /// @notice `amount` token wei behind an ended agreement became free stake again.
    event CollateralReleased(uint32 indexed provider, uint256 amount);
    /// @notice A missed period: what stays of everything locked, as a fraction of 1e18 since the provider began.
    event Struck(uint32 indexed provider, uint32 indexed period, uint8 strikes, uint256 remaining);
    /// @notice The provider missed so many periods that it is out of the market for good.
    event ProviderFailed(uint32 indexed provider, uint32 indexed period);
    /// @notice Where slashed tokens went. Account 0, the burn account, means that no client was compensated.
    event Slashed(uint32 indexed provider, uint32 indexed clientAccount, uint256 toClient, uint256 burned);
    /// @notice `amount` token wei of free stake wait for the escrow account that was named when slash number `slash` was recorded.
    event ReportFeeOwed(uint32 indexed provider, uint24 indexed slash, uint32 indexed account, uint256 amount);
    /// @notice The report fee of a slash went to its account.
    event ReportFeePaid(uint32 indexed provider, uint24 indexed slash, uint32 indexed account, uint256 amount);

    error Collateral_NotAuthorized(uint32 provider, address caller);
    error Collateral_NotAMarketContract(address caller);
    error Collateral_InsufficientStake(uint32 provider, uint256 available, uint256 needed);
    error Collateral_ProviderFailed(uint32 provider);
    error Collateral_NothingUnbonding(uint32 provider);
    error Collateral_StillUnbonding(uint32 provider, uint256 releaseTime);
    /// @notice Nobody is owed a report fee for that slash: nobody reported it, the stake did not cover it, or it is paid.
    error Collateral_NoReportFee(uint32 provider, uint24 slash);
    error Collateral_NoSuchAccount(uint32 account);
    /// @notice What stayed would not cover the bond and the capacity that the provider declared: lower that first.
    error Collateral_CapacityBonded(uint32 provider, uint32 capacity, uint256 remaining, uint256 needed);
    error Collateral_ZeroAmount();
    error Collateral_InvalidParams(string field);

    /// @notice Adds stake out of the escrow account of `owner`. Anyone may stake for a provider; only its operator gets it back.
    /// @dev Requirements: `amount` > 0; the provider is registered; the caller is `owner` or one of its session keys.
    function stake(uint32 provider, address owner, uint256 amount) external;

    /// @notice Starts the unbonding delay for free stake. Operator only.
    /// @dev Requirements: the free stake covers `amount`; the bond stays while the provider has units in its tree or anything locked; free and locked
    /// stake together still cover the bond and the capacity that the provider declared, if any.
    /// A second request adds to the first and starts its delay again.
    function requestUnbond(uint32 provider, uint256 amount) external;

    /// @notice Moves unbonded stake to the operator's escrow account once the delay is over. Anyone may call.
    function withdrawUnbonded(uint32 provider) external;

    /// @notice Locks the bond of a new provider out of its operator's escrow account. NodeRegistry only.
    /// @return operatorAccount the operator's account number
    function lockBond(uint32 provider, address operator) external returns (uint32 operatorAccount);

    /// @notice Locks free stake behind an agreement. Agreements only.
    /// @dev No event: the agreement's own announcement names provider and collateral.
    /// @dev Requirements: the provider has not failed; free stake above the bond covers `amount`.
    function lock(uint32 provider, uint256 amount) external;

    /// @notice Pays out what the agreement's collateral lost in periods [fromPeriod, toPeriod). Agreements only.
    /// @param clientAccount escrow account that is compensated; 0 where nobody is, so that all is burned
    /// @param startPeriod first period of the agreement
    /// @param amount collateral locked at forming, token wei
    /// @return lost token wei taken from the agreement's collateral
    function settleSlashes(
        uint32 provider,
        uint32 clientAccount,
        uint32 startPeriod,
        uint32 fromPeriod,
        uint32 toPeriod,
        uint256 amount
    ) external returns (uint256 lost);

    /// @notice Gives what remains of an agreement's collateral back to the provider's free stake, or takes it when the agreement failed.
    /// @dev Agreements only, after `settleSlashes` up to `toPeriod`.
    function releaseCollateral(
        uint32 provider,
        uint32 clientAccount,
        uint32 startPeriod,
        uint32 toPeriod,
        uint256 amount,
        bool failed
    ) external returns (uint256 returned);

    /// @notice Records missed periods. PossessionProofs only.
    /// @dev Periods come in ascending order, each once. A provider that failed for good is left as it is.
    /// @param reporter escrow account that gets the report fee, or 0 for none. The fee is set aside out of free stake when that covers it
    /// @return failed whether the provider failed for good
    function strike(uint32 provider, uint32 fromPeriod, uint32 count, uint32 reporter) external returns (bool failed);

    /// @notice Pays the report fee of a slash to the escrow account that was named in the report. Anyone may call.
    /// @dev Requirements: the fee is owed and not paid; the account exists.
    /// @param slash number of the provider's slash, from 0
    function claimReportFee(uint32 provider, uint24 slash) external;

    /// @notice A provider's stake, in token wei, and its strikes.
    function stakes(uint32 provider) external view returns (Stake memory);
    /// @notice Stake of a provider on its way out.
    function unbondings(uint32 provider) external view returns (Unbonding memory);
    /// @notice Whether a provider is out of the market for good.
    function hasFailed(uint32 provider) external view returns (bool);
    /// @notice What stays of `amount` locked from `startPeriod`, after the slashes of all periods before `beforePeriod`.
    function remainingOf(
        uint32 provider,
        uint32 startPeriod,
        uint32 beforePeriod,
        uint256 amount
    ) external view returns (uint256);
    /// @notice Stake that a new agreement could lock, token wei.
    function lockableOf(uint32 provider) external view returns (uint256);
    /// @notice Units of capacity that a provider's stake, free and locked, covers beyond its bond; none once it failed.
    function coveredCapacity(uint32 provider) external view returns (uint256);
    /// @notice Token wei that registering locks, and that stay while a provider has duties.
    function bond() external view returns (uint256);
    /// @notice Token wei of stake, free or locked, that a provider has for each unit of capacity that it declares.
    function capacityBond() external view returns (uint256);
    /// @notice Seconds between a request to unbond and the withdrawal.
    function unbondDelay() external view returns (uint256);
    /// @notice Token wei that a provider pays to whoever records its misses.
    function reportFee() external view returns (uint256);
    /// @notice Share of slashed tokens that goes to the client, in 1/10,000.
    function compensationBps() external view returns (uint256);
    /// @notice The ladder starts over once more than this many periods lie between a miss and the last one before it.
    function healPeriods() external view returns (uint256);
    /// @notice Share of what remains that the 1st to 4th miss takes, in 1/10,000.
    function ladderBps() external view returns (uint16[4] memory);
}
