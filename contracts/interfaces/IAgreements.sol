// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Handover} from "../types/Handover.sol";
import {Renewal} from "../types/Renewal.sol";
import {AgreementId, StorageAgreement} from "../types/StorageAgreement.sol";

/// @title Forming, settling and ending agreements
/// @notice An agreement starts with the period after it is formed and pays for each period that its provider proves. A missed period's
/// pay goes back to the client. A part of each payment is held back to the end. A term can grow, and an agreement can pass to another provider.
/// @dev Every signed message is EIP-712 with this contract and chain in its domain, and carries an account, a deadline and a nonce. Clients and
/// operators may be contract wallets (ERC-1271). Clients revoke by nonce, providers by deadline (`NodeRegistry.revokeSignatures`) or nonce.
interface IAgreements {
    enum Status {
        None,
        Active,
        Kept,
        Failed,
        HandedOver
    }

    /// @notice One storage slot an agreement; root and units live in the provider's sum tree.
    /// @param clientAccount the client's account number in the Escrow
    /// @param startPeriod first paid period
    /// @param periods the term; shorter than signed once the client gave notice
    /// @param pricePerUnitPeriod token wei
    /// @param settledPeriods periods since the start that are settled
    /// @param provenPeriods settled periods that were proven, under former providers too
    /// @param collateralPeriods collateral in periods of rent
    /// @param shardIndex which of the object's shards
    /// @param openAudits audits and demands that are neither answered nor closed
    /// @param repair it answered a bid for a shard that another agreement had held. Until more than two periods of it are settled as proven, its provider's losses are burned in whole
    struct Agreement {
        uint32 clientAccount;
        uint32 startPeriod;
        uint24 periods;
        uint64 pricePerUnitPeriod;
        uint24 settledPeriods;
        uint24 provenPeriods;
        uint24 collateralPeriods;
        uint8 shardIndex;
        Status status;
        uint8 openAudits;
        bool repair;
    }

    /// @notice An agreement was formed, or taken over by a successor, and pays from `startPeriod` on.
    event AgreementFormed(
        AgreementId indexed id,
        address indexed client,
        uint32 indexed provider,
        uint32 startPeriod,
        StorageAgreement agreement
    );
    /// @notice Periods [fromPeriod, toPeriod) are paid: `paid` to the provider, `refunded` to the client, `heldBack` kept to the end.
    event AgreementSettled(
        AgreementId indexed id,
        uint32 fromPeriod,
        uint32 toPeriod,
        uint32 proven,
        uint256 paid,
        uint256 refunded,
        uint256 heldBack
    );
    /// @notice The client gave notice: the term now ends before `endPeriod`.
    event NoticeGiven(AgreementId indexed id, uint32 endPeriod, uint256 refunded);
    /// @notice The term grew: it now ends before `endPeriod`. `payer` paid `value` token wei of rent, and the burn on it.
    event AgreementRenewed(AgreementId indexed id, address indexed payer, uint32 endPeriod, uint256 value);
    /// @notice The agreement goes on as `successorId`, announced by an `AgreementFormed` of its own (without ask, nonce and deadline). What is held
    /// back of `provenPeriods` so far waits for its end. `collateralReturned` is free stake of the former provider again.
    event AgreementHandedOver(
        AgreementId indexed id,
        AgreementId indexed successorId,
        uint32 indexed successor,
        uint32 provenPeriods,
        uint256 collateralReturned
    );
    /// @notice The agreement is over. `released` is the hold-back: to the provider when kept, to the client when failed.
    event AgreementEnded(AgreementId indexed id, Status status, uint256 released, uint256 collateralReturned);
    /// @notice A signer made nonces unusable: bit i of `mask` stands for nonce 256 word + i.
    event NoncesRevoked(address indexed signer, uint64 indexed word, uint256 mask);

    error Agreements_EmptyBatch();
    error Agreements_LengthMismatch(uint256 agreements, uint256 signatures);
    error Agreements_MixedClients(address first, address other);
    error Agreements_Expired(uint256 index, uint256 deadline, uint256 time);
    error Agreements_ZeroUnits(uint256 index);
    error Agreements_ZeroPrice(uint256 index);
    error Agreements_ZeroPeriods(uint256 index);
    error Agreements_NonceUsed(address signer, uint64 nonce);
    error Agreements_BadProviderSignature(uint256 index, address recovered, address expected);
    error Agreements_BadClientSignature(address client);
    /// @notice The provider made everything void that it signed with a deadline up to `voidThrough`.
    error Agreements_SignatureRevoked(uint256 index, uint256 deadline, uint256 voidThrough);
    error Agreements_CollateralNotMultiple(uint256 index, uint256 collateral, uint256 rentPerPeriod);
    error Agreements_ValueTooSmall(uint256 index, uint256 value, uint256 min);
    error Agreements_ProviderHoldsShard(uint32 provider, bytes32 objectKey, uint8 shardIndex);
    error Agreements_ShardTaken(bytes32 objectKey, uint8 shardIndex, AgreementId id);
    error Agreements_ShardGap(bytes32 objectKey, uint8 shardIndex);
    /// @notice The provider would hold more units than the capacity that it declared and bonded.
    error Agreements_CapacityExceeded(uint32 provider, uint256 units, uint256 capacity);
    error Agreements_NotActive(AgreementId id, Status status);
    error Agreements_NotOver(AgreementId id, uint32 endPeriod, uint32 current);
    error Agreements_NotClient(AgreementId id, address caller);
    error Agreements_NotProvider(AgreementId id, address caller);
    error Agreements_NothingToShorten(AgreementId id, uint32 endPeriod);
    error Agreements_TermOver(AgreementId id, uint32 endPeriod, uint32 period);
    error Agreements_TermTooLong(AgreementId id, uint256 periods, uint256 max);
    error Agreements_ProviderFailed(AgreementId id, uint32 provider);
    error Agreements_SameProvider(AgreementId id, uint32 provider);
    error Agreements_WrongObject(AgreementId id, bytes32 objectKey);
    /// @notice Who owes the proof of the current period must give it first.
    error Agreements_ProofOwed(AgreementId id, uint32 provider, uint32 period);
    /// @notice Neither Audits nor Demands calls.
    error Agreements_NotAudits(address caller);
    error Agreements_InvalidParams(string field);
    error Agreements_TooManyAudits(AgreementId id, uint256 open, uint256 max);
    /// @notice Audits of the agreement must be answered, or closed once overdue, before it can go.
    error Agreements_AuditsOpen(AgreementId id, uint256 open);

    /// @notice Forms agreements of one client, all or none.
    /// @dev Requirements: each is signed by its provider (node key or operator); the caller is the client, or the order book for a bid of the client's, or `clientSignature` is the client's over
    /// `AgreementBatch`, or it is empty and the caller a session key of the client (`IEscrow.authorizeSession`) whose budget covers all; deadlines lie ahead and nonces are unused; each ask's conditions hold; no provider holds two live shards of an object;
    /// the client's account covers rent and burn; each provider's free stake covers its collateral, and its capacity all that it then holds; shards of an object are formed in ascending groups of four.
    /// The burn is reckoned on the whole batch, and rounded up once.
    /// @return ids one for each agreement, in order
    function form(
        StorageAgreement[] calldata agreements,
        bytes[] calldata providerSignatures,
        bytes calldata clientSignature
    ) external returns (AgreementId[] memory ids);

    /// @notice Settles agreements up to the last period that is over. Anyone, any time.
    function settle(AgreementId[] calldata ids) external;

    /// @notice Shortens the term to the notice from now; what was locked for later periods goes back. Client only.
    function giveNotice(AgreementId id) external;

    /// @notice Settles and closes an agreement whose term is over or whose provider failed. Anyone.
    /// @dev Requirement: no audit of a kept agreement is open. At the end of its term each is overdue, so that anyone can close it first; only one
    /// that was opened before the client gave notice can last longer, at most to the end of its window, which maintenance may have put off.
    function end(AgreementId id) external;

    /// @notice The provider admits that it lost the shard: the agreement fails now, and the provider can still prove the rest. Operator or node key only.
    function concede(AgreementId id) external;

    /// @notice Makes a live agreement's term longer, at its price. The client's account pays rent and burn for the added periods.
    /// @dev Requirements: signed by the provider; the caller is the client or its session key, or the client signed too; deadline and nonce hold; the term is not over;
    /// the provider has not failed; the term stays below 2^24 periods.
    function renew(Renewal calldata renewal, bytes calldata providerSignature, bytes calldata clientSignature) external;

    /// @notice The same out of the account of `payer`, whoever it is, as far as a live ask of the provider allows. What comes back goes to the client.
    /// @dev Requirements: the caller is `payer` or one of its session keys; every condition of the ask but its capacity holds for `periods` more at the agreement's price; otherwise as `renew`.
    function topUp(AgreementId id, address payer, uint24 periods, uint64 askId) external;

    /// @notice Passes a live agreement to a successor that has the bytes, from the next period to the end of the term, at the same price.
    /// @dev Operator or node key of the provider only. Requirements: signed by the successor (node key or operator), which holds no other live shard
    /// of the object and has free stake for the same collateral; no audit is open; this period's proof is given, or none is owed; at least one period is left after
    /// this one. The provider is paid through this period; what is held back waits for the end, then as the successor's.
    /// @return successorId the agreement's new id
    function handOver(
        Handover calldata handover,
        bytes calldata successorSignature
    ) external returns (AgreementId successorId);

    /// @notice Notes that an audit of the agreement was opened, or a unit of it demanded. Audits and Demands only.
    /// @dev Requirements: the agreement is active, its provider has not failed, fewer than `max` audits of it are open.
    /// @return endPeriod the period in which the term is over
    function beginAudit(AgreementId id, uint256 max) external returns (uint32 endPeriod);

    /// @notice Notes that an audit, or a demand, was answered. Audits and Demands only.
    function passAudit(AgreementId id) external;

    /// @notice Settles and closes an agreement as failed because an audit, or a demand, was not answered. Audits and Demands only.
    /// @dev Its leaves drop out of this period's draws, as of a conceded one: the penalty is the same.
    function failAudit(AgreementId id) external;

    /// @notice Makes nonces of the caller unusable: bit i of `mask` stands for nonce 256 word + i.
    function revokeNonces(uint64 word, uint256 mask) external;

    /// @notice What is stored of an agreement; status None when there is none.
    function agreements(AgreementId id) external view returns (Agreement memory);
    /// @notice Units of the shard of an agreement that failed; 0 for every other.
    function lostUnitsOf(AgreementId id) external view returns (uint32);
    /// @notice Live or last agreement for each of an object's shards, from index 0; 0 where there was none.
    function holdersOf(address client, bytes32 objectKey) external view returns (AgreementId[] memory ids);
    /// @notice Whether a signer's nonce was used or revoked.
    function isNonceUsed(address signer, uint64 nonce) external view returns (bool);
    /// @notice EIP-712 digest that the provider's node key signs.
    function digestOf(StorageAgreement calldata agreement) external view returns (bytes32);
    /// @notice Share of an agreement's price that is burned at signing, in 1/10,000.
    function burnBps() external view returns (uint256);
    /// @notice Share of each payment that is kept to the end, in 1/10,000.
    function holdbackBps() external view returns (uint256);
    /// @notice Periods between notice and end.
    function noticePeriods() external view returns (uint32);
    /// @notice Smallest value (price × units × periods) of an agreement, token wei.
    function minValue() external view returns (uint256);
}
