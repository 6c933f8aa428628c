// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../../Base.t.sol";
import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {IPriceIndex} from "../../../../contracts/interfaces/IPriceIndex.sol";
import {IReputation} from "../../../../contracts/interfaces/IReputation.sol";
import {BidTerms} from "../../../../contracts/types/Bid.sol";
import {Handover} from "../../../../contracts/types/Handover.sol";
import {Renewal} from "../../../../contracts/types/Renewal.sol";
import {SignedAsk} from "../../../../contracts/types/SignedAsk.sol";
import {StorageAgreement} from "../../../../contracts/types/StorageAgreement.sol";

/// @notice The second book: what should be stored if the events are true, and what handlers need to remember.
/// @dev Written by Witness only, from events; `watched` variables by Witness from what it saw last.
abstract contract Ghosts is Base {
    /// @param deposited, withdrawn, locked, released as the escrow announced it
    /// @param charged what the market announced that the account pays
    /// @param credited what the market announced that the account gets
    struct AccountGhost {
        address owner;
        uint256 deposited;
        uint256 withdrawn;
        uint256 locked;
        uint256 released;
        uint256 charged;
        uint256 credited;
    }

    /// @param proven settled proven periods, those of former providers too
    /// @param inherited those of former providers
    /// @param locked token wei locked for it: rent over the term, or what a former provider's agreement passed on
    struct AgreementGhost {
        address client;
        uint32 clientAccount;
        uint32 provider;
        bytes32 objectKey;
        bytes32 root;
        uint8 shardIndex;
        uint32 units;
        uint64 price;
        uint256 rent;
        uint24 collateralPeriods;
        uint32 startPeriod;
        uint24 periods;
        uint24 settled;
        uint24 proven;
        uint24 inherited;
        uint256 locked;
        uint256 paid;
        uint256 missed;
        uint256 shortened;
        uint256 passedOn;
        uint256 released;
        uint256 lost;
        uint256 returned;
        IAgreements.Status status;
        bytes32 frozen;
        uint64 successor;
        uint256 openAudits;
        bool repair;
    }

    struct ProviderGhost {
        address operator;
        uint256 nodeKey;
        uint32 account;
        bytes32 identity;
        uint64 voidThrough;
        // stake, token wei
        uint256 staked;
        uint256 unbonding;
        uint256 unbonded;
        uint256 slashed;
        uint256 fees;
        uint256 feesOwed;
        uint256 releaseTime;
        // misses
        uint256 index;
        uint32 lastStruck;
        uint32 struck;
        uint8 strikes;
        bool failed;
        uint32 missed;
        // proofs
        uint32 proven;
        uint32 lastProven;
        uint32 resolvedThrough;
        uint32 leaves;
        uint32 held;
        uint32 capacity;
        uint32 lastMaintenance;
        uint32 nextMaintenance;
        uint32 maintainedUntil;
        // what became of its agreements
        uint32 kept;
        uint32 lost;
        uint32 handedOver;
        uint32 audited;
    }

    struct AuditGhost {
        uint64 agreement;
        uint32 challenger;
        uint256 deadline;
        bool open;
    }

    struct DemandGhost {
        uint64 agreement;
        uint32 client;
        uint32 unit;
        uint256 deadline;
        bool open;
    }

    /// @param deposit, redeemed, paid token wei: put behind it, promised by the last voucher, given to the provider
    /// @param closesAt unix seconds; 0 while its client does not close it
    struct ChannelGhost {
        address client;
        uint32 provider;
        uint256 deposit;
        uint256 redeemed;
        uint256 paid;
        uint256 expiry;
        uint256 closesAt;
        bool open;
    }

    struct SessionGhost {
        uint256 budget;
        uint256 expiry;
    }

    struct AskGhost {
        uint32 provider;
        uint32 unitsLeft;
    }

    /// @param reserved token wei behind each shard that nobody holds yet
    /// @param taken bit i: somebody holds shard i
    /// @param due shards that were answered and whose agreements were not announced yet
    /// @param given token wei that went back to the client, to pay for shards or for good
    struct BidGhost {
        address client;
        BidTerms terms;
        uint256 reserved;
        uint256 postedAt;
        uint8 shardsLeft;
        bool open;
        uint256 taken;
        uint8 due;
        uint256 given;
    }

    /// @param period of the draws last seen
    /// @param drawn hash over agreements, roots, leaves and depths
    /// @param conceded bit i: draw i asked for nothing
    struct DrawsGhost {
        uint32 period;
        bytes32 drawn;
        uint256 conceded;
    }

    /// @dev As Base deploys the market.
    uint256 internal constant BPS = 10_000;
    uint256 internal constant BURN_BPS = 200;
    uint256 internal constant HOLDBACK_BPS = 2_000;
    uint32 internal constant NOTICE_PERIODS = 1;
    uint256 internal constant WHOLE = 1e18;

    /// @dev The last one belongs to the colluding pair.
    address[] internal clients;
    mapping(address client => uint256) internal clientKeys;
    address internal pairClient;
    address internal pairOperator;
    address internal reporter = makeAddr("reporter");

    mapping(uint32 account => AccountGhost) internal accountGhosts;
    uint32 internal accountsSeen;
    mapping(uint64 id => AgreementGhost) internal agreementGhosts;
    mapping(uint32 provider => ProviderGhost) internal providerGhosts;
    mapping(uint64 ask => AskGhost) internal askGhosts;
    mapping(uint64 ask => bool) internal brought;
    mapping(uint64 bid => BidGhost) internal bidGhosts;
    uint64[] internal openBids;
    mapping(uint64 bid => uint256) internal bidPlace;
    IPriceIndex.Entry internal indexGhost;
    uint256 internal indexEntries;
    uint256 internal committed;
    mapping(uint32 provider => IReputation.Clients) internal clientGhosts;
    mapping(uint32 provider => DrawsGhost) internal drawsGhosts;
    mapping(uint256 audit => AuditGhost) internal auditGhosts;
    mapping(uint256 demand => DemandGhost) internal demandGhosts;
    mapping(uint64 channel => ChannelGhost) internal channelGhosts;
    mapping(address owner => mapping(address key => SessionGhost)) internal sessionGhosts;
    /// @dev Whether a provider declared a period for maintenance.
    mapping(uint32 provider => mapping(uint32 period => bool)) internal quiet;
    /// @dev Account that is owed the report fee of a slash.
    mapping(uint32 provider => mapping(uint24 slash => uint32 account)) internal feeGhosts;
    mapping(address locker => uint256) internal lockerGhosts;
    mapping(uint32 period => bool) internal seeded;

    uint64[] internal live;
    mapping(uint64 id => uint256) internal livePlace;
    uint64[] internal ended;
    /// @dev The bid that was posted for the shard of a failed agreement.
    mapping(uint64 lost => uint64) internal repairBids;
    mapping(uint64 bidId => uint64) internal lostFor;
    uint256[] internal openAudits;
    mapping(uint256 audit => uint256) internal auditPlace;
    uint256[] internal openDemands;
    mapping(uint256 demand => uint256) internal demandPlace;
    uint256 internal demandsSeen;
    uint64[] internal openChannels;
    mapping(uint64 channel => uint256) internal channelPlace;
    uint64 internal channelsSeen;
    /// @dev The highest voucher that a channel was shown in time, by whoever acted; written by handlers, from what they did.
    mapping(uint64 channel => uint256 amount) internal highestShown;
    /// @dev The channel that both sides agreed to end, in the action at hand.
    uint64 internal agreedToEnd;
    /// @dev Packed: provider, slash.
    uint256[] internal feesDue;
    mapping(address client => mapping(uint64 nonce => bool)) internal nonceFormed;

    uint256 internal burnedBySigning;
    uint256 internal burnedBySlashing;
    uint256 internal burnedByAudits;
    uint256 internal burnedByReads;
    /// @dev Of that, what waits in the lock of RetrievalChannels.
    uint256 internal burningOfReads;
    uint256 internal swept;
    uint256 internal donated;
    /// @dev Agreement that the events read last speak of: slashes do not name it.
    uint64 internal context;
    /// @dev Property => how often an event contradicted it.
    mapping(uint256 property => uint256) internal breaches;

    // The colluding pair's own book, token wei.
    uint256 internal pairIn;
    uint256 internal pairOut;
    uint256 internal pairBurned;
    uint256 internal pairPaidOthers;
    uint256 internal pairEarnedFromOthers;
    /// @dev Behind its audits, demands and channels.
    uint256 internal pairBonds;

    // What attackers play again.
    StorageAgreement internal lastFormed;
    bytes internal lastFormedSignature;
    Renewal internal lastRenewal;
    bytes internal lastRenewalSignature;
    uint256 internal lastFee;
    Handover internal lastHandover;
    bytes internal lastHandoverSignature;
    SignedAsk internal lastBrought;
    bytes internal lastBroughtSignature;
    uint256 internal actions;

    function _breach(uint256 property) internal {
        ++breaches[property];
    }

    function _isPair(address owner) internal view returns (bool) {
        return owner == pairClient || owner == pairOperator;
    }

    function _isPairProvider(uint32 provider) internal view returns (bool) {
        return providerGhosts[provider].operator == pairOperator;
    }

    function _end(AgreementGhost storage g) internal view returns (uint32) {
        return g.startPeriod + g.periods;
    }

    function _burnOf(uint256 value) internal pure returns (uint256) {
        return (value * BURN_BPS + BPS - 1) / BPS;
    }

    function _heldBack(AgreementGhost storage g) internal view returns (uint256) {
        return (g.rent * g.proven * HOLDBACK_BPS) / BPS;
    }

    /// @notice What a live agreement still owes: rent of unsettled periods and hold-back.
    function _owed(AgreementGhost storage g) internal view returns (uint256) {
        return g.rent * (g.periods - g.settled) + _heldBack(g);
    }

    /// @notice Collateral as signed.
    function _signedCollateral(AgreementGhost storage g) internal view returns (uint256) {
        return g.rent * g.collateralPeriods;
    }
}
