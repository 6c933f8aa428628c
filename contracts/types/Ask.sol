// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @notice A provider's standing order to sell storage, and the conditions under which it may be taken. Its price is fixed, or pegged to
/// the market's index: index × premium, not below the floor and not above the ceiling.
/// @param provider the provider's id in the NodeRegistry
/// @param pricePerUnitPeriod token wei for one unit over one period: the price of a fixed ask, the floor of a pegged one
/// @param unitsLeft units still on offer; falls with every fill
/// @param minUnits smallest agreement accepted, in units
/// @param maxUnits largest agreement accepted, in units
/// @param expiry unix seconds from which the ask can no longer be taken; mandatory
/// @param collateralPeriods collateral that the provider posts, in periods of the agreement's rent
/// @param minPeriods shortest term accepted, in periods
/// @param maxPeriods longest term accepted, in periods
/// @param region the declared region (ISO 3166-1 numeric; 0 = undeclared)
/// @param minClientDeposit smallest available escrow balance of the client before the fill, in token wei
/// @param retrievalPricePerMiB ceiling for paid reads under agreements that take this ask, token wei per MiB
/// @param premiumBps share of the index that a pegged ask wants, 1/10,000; 0 for a fixed ask
/// @param ceiling highest price of a pegged ask, token wei for one unit over one period; 0 for a fixed ask
struct Ask {
    // slot 0
    uint32 provider;
    uint64 pricePerUnitPeriod;
    uint32 unitsLeft;
    uint32 minUnits;
    uint32 maxUnits;
    uint40 expiry;
    uint24 collateralPeriods;
    // slot 1
    uint24 minPeriods;
    uint24 maxPeriods;
    uint16 region;
    uint96 minClientDeposit;
    uint64 retrievalPricePerMiB;
    uint16 premiumBps;
    // slot 2, read of pegged asks only
    uint64 ceiling;
}
