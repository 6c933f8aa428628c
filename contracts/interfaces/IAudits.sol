// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgreementId} from "../types/StorageAgreement.sol";

/// @title Targeted audits
/// @notice Anyone may ask a provider to show leaves of one agreement, behind a bond. Sampling over all that a large provider holds gives little
/// certainty about a small client's shard; an audit gives it that day. Answered, the provider gets the bond less a burned part; unanswered in
/// time, the agreement fails and the bond comes back. Whoever is challenger and provider at once loses by both.
interface IAudits {
    /// @param agreement the agreement that is audited
    /// @param challengerAccount escrow account that the bond came from
    /// @param openedAt block in which the window opens, whose hash the leaves follow from; that of the opening unless maintenance puts it off
    /// @param deadline last block in which an answer counts
    /// @param open neither answered nor closed
    struct Audit {
        AgreementId agreement;
        uint32 challengerAccount;
        uint48 openedAt;
        uint48 deadline;
        bool open;
    }

    /// @notice An audit began; `bond` token wei of `challenger` are locked.
    event AuditOpened(
        uint256 indexed audit,
        AgreementId indexed agreement,
        address indexed challenger,
        uint48 openedAt,
        uint48 deadline,
        uint256 bond
    );
    /// @notice The provider showed the leaves: `paid` of the bond went to it, `burned` was burned.
    event AuditAnswered(
        uint256 indexed audit,
        AgreementId indexed agreement,
        address submitter,
        uint256 paid,
        uint256 burned
    );
    /// @notice Nobody showed the leaves in time: the agreement failed, the bond came back.
    event AuditFailed(uint256 indexed audit, AgreementId indexed agreement);
    /// @notice The agreement was over before the audit was: the bond came back.
    event AuditVoided(uint256 indexed audit, AgreementId indexed agreement);

    error Audits_NotOpen(uint256 audit);
    /// @notice The response window must end before the agreement's term does: no later than `last`.
    error Audits_TermTooShort(AgreementId agreement, uint256 deadline, uint256 last);
    /// @notice The opening block, whose hash the leaves follow from, is not over, or the chain does not give its hash.
    error Audits_NoSeedYet(uint256 audit, uint256 openedAt);
    error Audits_TooLate(uint256 audit, uint256 deadline, uint256 blockNumber);
    error Audits_StillOpen(uint256 audit, uint256 deadline, uint256 blockNumber);
    error Audits_AgreementOver(uint256 audit, AgreementId agreement);
    error Audits_WrongLength(uint256 length, uint256 expected);
    /// @notice A path leads elsewhere; for an answer that ends before the path does, `computed` is zero.
    error Audits_WrongRoot(uint256 draw, bytes32 computed, bytes32 expected);
    error Audits_InvalidParams(string field);

    /// @notice Opens an audit of a live agreement. The bond comes out of the escrow account of `owner`.
    /// @dev Requirements: the caller is `owner` or one of its session keys; the agreement is active, its provider has not failed, fewer than
    /// `maxOpen` audits of it are open; the window ends before the term. Maintenance that the provider declared before puts the window off.
    /// @return audit its number, from 1
    function openAudit(AgreementId agreement, address owner) external returns (uint256 audit);

    /// @notice Shows the leaves that an audit asks for. Anyone may submit.
    /// @dev Requirements: the audit is open, its opening block over, its deadline not; the agreement is live; `proof` has the form of
    /// `IPossessionProofs.prove`, for the leaves of `leavesOf` in order.
    function answer(uint256 audit, bytes calldata proof) external;

    /// @notice Closes an audit that was not answered in time, and with it the agreement; or one whose agreement is over. Anyone may call.
    /// @dev Requirements: the audit is open; its deadline has passed or its agreement is over.
    function close(uint256 audit) external;

    /// @notice What is stored of an audit; all zero when there is none.
    function audits(uint256 audit) external view returns (Audit memory);
    /// @notice Number of audits ever opened.
    function auditCount() external view returns (uint256);
    /// @notice The leaves that an audit asks for, by index in the shard; empty when the opening block is not over or the agreement is.
    function leavesOf(uint256 audit) external view returns (uint64[] memory leaves);
    /// @notice Token wei that a challenger locks.
    function bond() external view returns (uint256);
    /// @notice Share of an answered audit's bond that is burned, in 1/10,000.
    function burnBps() external view returns (uint256);
    /// @notice Blocks that a provider has for its answer.
    function windowBlocks() external view returns (uint256);
    /// @notice Leaves that an audit asks for.
    function drawCount() external view returns (uint256);
    /// @notice Audits of one agreement that may be open at a time.
    function maxOpen() external view returns (uint256);
}
