// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgreementId} from "../types/StorageAgreement.sol";

/// @title Data demanded on chain
/// @notice A client whose provider does not give its data out demands units of it here, each behind a bond that covers the gas of showing it. The provider shows the unit's
/// bytes, which everybody then reads in the transaction, and gets the bond; or the agreement fails, its client is compensated and has the bond back. So refusing
/// costs a provider what losing the shard costs. Nobody knows before which units a client will name.
interface IDemands {
    /// @param agreement the agreement whose shard it is
    /// @param clientAccount escrow account that the bond came from
    /// @param deadline last block in which an answer counts
    /// @param unit which of the shard's units, from 0
    /// @param open neither answered nor closed
    struct Demand {
        AgreementId agreement;
        uint32 clientAccount;
        uint48 deadline;
        uint32 unit;
        bool open;
    }

    /// @notice A client demands a unit; `bond` token wei of its account are locked.
    event UnitDemanded(
        uint256 indexed demand,
        AgreementId indexed agreement,
        uint32 indexed provider,
        address client,
        uint32 unit,
        uint48 deadline,
        uint256 bond
    );
    /// @notice The unit was shown, in the calldata of this transaction: the bond, `paid`, went to the provider.
    event UnitShown(uint256 indexed demand, AgreementId indexed agreement, address submitter, uint256 paid);
    /// @notice Nobody showed the unit in time: the agreement failed, the bond came back.
    event DemandFailed(uint256 indexed demand, AgreementId indexed agreement);
    /// @notice The agreement was over before the demand was: the bond came back.
    event DemandVoided(uint256 indexed demand, AgreementId indexed agreement);

    error Demands_NothingDemanded();
    error Demands_NoSuchUnit(AgreementId agreement, uint32 unit, uint256 units);
    /// @notice The response window must end before the agreement's term does: no later than `last`.
    error Demands_TermTooShort(AgreementId agreement, uint256 deadline, uint256 last);
    error Demands_NotOpen(uint256 demand);
    error Demands_TooLate(uint256 demand, uint256 deadline, uint256 blockNumber);
    error Demands_StillOpen(uint256 demand, uint256 deadline, uint256 blockNumber);
    error Demands_AgreementOver(uint256 demand, AgreementId agreement);
    /// @notice Not the bytes of a unit and its path.
    error Demands_WrongLength(uint256 length, uint256 expected);
    /// @notice The bytes are not the unit's, or the path leads elsewhere.
    error Demands_WrongRoot(bytes32 computed, bytes32 expected);
    error Demands_InvalidParams(string field);

    /// @notice Demands units of a live agreement's shard, each by a demand of its own. The bonds come out of the client's escrow account.
    /// @dev Requirements: the caller is the agreement's client or a session key of it, whose budget covers the bonds; the agreement is active, its provider has not failed;
    /// with these, no more than `maxOpen` demands and audits of it are open; the units are the shard's; the window ends before the term. Maintenance that the provider
    /// declared before puts the window off.
    /// Warning: what is shown is public for ever. It is as sealed as it was stored.
    /// @return first number of the first; those of the others follow
    function demand(AgreementId agreement, uint32[] calldata units) external returns (uint256 first);

    /// @notice Shows a unit that was demanded. Anyone may submit.
    /// @dev Requirements: the demand is open, its deadline not over; the agreement is live; `opening` is the unit's 65,536 bytes and the siblings of its root, from the
    /// bottom up.
    function answer(uint256 demandId, bytes calldata opening) external;

    /// @notice Closes a demand that was not answered in time, and with it the agreement; or one whose agreement is over. Anyone may call.
    /// @dev Requirements: the demand is open; its deadline has passed or its agreement is over.
    function close(uint256 demandId) external;

    /// @notice What is stored of a demand; all zero when there is none.
    function demands(uint256 demandId) external view returns (Demand memory);
    /// @notice Number of demands ever made.
    function demandCount() external view returns (uint256);
    /// @notice Token wei that a client locks for each unit.
    function bond() external view returns (uint256);
    /// @notice Blocks that a provider has for its answer.
    function windowBlocks() external view returns (uint256);
    /// @notice Demands and audits of one agreement that may be open at a time.
    function maxOpen() external view returns (uint256);
}
