// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CollateralParams} from "../../../contracts/Collateral.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {WindDown} from "./WindDown.sol";
import {AgreementProperties} from "./properties/AgreementProperties.sol";
import {DelegationProperties} from "./properties/DelegationProperties.sol";
import {MarketProperties} from "./properties/MarketProperties.sol";
import {MoneyProperties} from "./properties/MoneyProperties.sol";
import {OrderProperties} from "./properties/OrderProperties.sol";
import {ProofProperties} from "./properties/ProofProperties.sol";
import {ReadProperties} from "./properties/ReadProperties.sol";
import {StakeProperties} from "./properties/StakeProperties.sol";

/// @notice Random actions on the whole market; README.md says what must hold after each.
/// @dev One invariant function for all properties, since each one would run a campaign of its own.
contract InvariantsTest is
    MoneyProperties,
    StakeProperties,
    ProofProperties,
    AgreementProperties,
    MarketProperties,
    DelegationProperties,
    OrderProperties,
    ReadProperties,
    WindDown
{
    uint256 private constant TURNS = 4;
    uint256 private constant PROVIDERS = 4;
    uint256 private constant CLIENT_KEY = 0xC11E47;
    /// @dev So that a slash can leave a provider with less than it declared.
    uint64 private constant CAPACITY_BOND = 15 ether;

    function setUp() public override {
        vm.recordLogs();
        super.setUp();
        for (uint256 i; i < 3; ++i) {
            address owner = vm.addr(CLIENT_KEY + i);
            clients.push(owner);
            clientKeys[owner] = CLIENT_KEY + i;
        }
        pairClient = clients[2];
        pairOperator = makeAddr("pair operator");
        _fund(clients[1], 1_000_000 ether);
        _fund(pairClient, 1_000_000 ether);
        for (uint256 i; i < PROVIDERS; ++i) {
            address operator = i == PROVIDERS - 1 ? pairOperator : makeAddr(string.concat("operator", vm.toString(i)));
            _register(operator, 0xA001 + i);
            vm.prank(operator);
            providers[i].askId = orderBook.postAsk(_ask(uint32(i + 1)));
        }
        this.read(vm.getRecordedLogs());
        assertEq(agreements.burnBps(), BURN_BPS, "burn as the ghosts reckon it");
        assertEq(agreements.holdbackBps(), HOLDBACK_BPS, "hold-back as the ghosts reckon it");
        assertEq(agreements.noticePeriods(), NOTICE_PERIODS, "notice as the ghosts reckon it");

        targetContract(address(this));
        targetSender(address(0xCAFE));
        targetSelector(FuzzSelector({addr: address(this), selectors: _actions()}));
    }

    function _collateralParams() internal pure override returns (CollateralParams memory params) {
        params = super._collateralParams();
        params.capacityBond = CAPACITY_BOND;
    }

    /// @dev After every other action, since the checks take longer than the actions and nothing that breaks mends itself: sums over
    /// everything, and one agreement and provider in four, in turn.
    function invariant_market() external view {
        if (actions % 2 == 0) _checkAll(TURNS, (actions / 2) % TURNS);
    }

    /// @dev After each run: everybody leaves, in one of three ways.
    function afterInvariant() external {
        _checkEnded();
        _checkAll(1, 0);
        _windDown(actions);
        _checkAll(1, 0);
        _checkEnded();
    }

    /// @param step checks one agreement and provider out of so many
    function _checkAll(uint256 step, uint256 from) private view {
        Totals memory totals = _totals();
        _checkMoney(totals);
        for (uint32 provider = uint32(1 + from); provider <= providers.length; provider += uint32(step)) {
            IPossessionProofs.Duty memory duty = proofs.duties(provider);
            _checkStakeOf(provider, totals.stakes[provider], duty, totals);
            _checkDutyOf(provider, duty, totals);
            _checkMarketOf(provider);
            _checkMaintenanceOf(provider);
            _checkOrdersOf(provider);
        }
        for (uint256 i = from; i < live.length; i += step) {
            _checkAgreement(live[i], totals.agreements[i]);
            _checkObjectOf(live[i], agreementGhosts[live[i]]);
            _checkAuditsOf(live[i], agreementGhosts[live[i]], totals.agreements[i]);
        }
        _checkSignatures();
        _checkDelegation();
        _checkOrders();
        _checkReads();
        _checkRights(totals);
    }

    /// @dev What ended stays as it is, so that once at the end of a run is enough.
    function _checkEnded() private view {
        for (uint256 i; i < ended.length; ++i) {
            _checkAgreement(ended[i], agreements.agreements(_idOf(ended[i])));
        }
    }

    function _checkAgreement(uint64 id, IAgreements.Agreement memory a) private view {
        AgreementGhost storage g = agreementGhosts[id];
        _checkMoneyOf(id, g, a);
        _checkCollateralOf(id, g, a);
        _checkShardOf(id, g);
        _checkLifeOf(id, g, a);
    }

    /// @dev What happens often stands more than once.
    function _actions() private pure returns (bytes4[] memory list) {
        list = new bytes4[](128);
        uint256 n;
        for (uint256 i; i < 3; ++i) {
            list[n++] = this.client_form.selector;
            list[n++] = this.bid_post.selector;
            list[n++] = this.bid_answer.selector;
            list[n++] = this.proofs_prove.selector;
            list[n++] = this.proofs_settle.selector;
            list[n++] = this.time_period.selector;
            list[n++] = this.time_blocks.selector;
        }
        list[n++] = this.client_deposit.selector;
        list[n++] = this.client_depositWithPermit.selector;
        list[n++] = this.client_withdraw.selector;
        list[n++] = this.client_formByRelayer.selector;
        list[n++] = this.client_renew.selector;
        list[n++] = this.client_giveNotice.selector;
        list[n++] = this.client_revokeNonces.selector;
        list[n++] = this.provider_register.selector;
        list[n++] = this.provider_postAsk.selector;
        list[n++] = this.provider_amendAsk.selector;
        list[n++] = this.provider_cancelAsks.selector;
        list[n++] = this.provider_stake.selector;
        list[n++] = this.provider_requestUnbond.selector;
        list[n++] = this.provider_withdrawUnbonded.selector;
        list[n++] = this.provider_withdraw.selector;
        list[n++] = this.provider_concede.selector;
        list[n++] = this.provider_handOver.selector;
        list[n++] = this.provider_revokeSignatures.selector;
        list[n++] = this.proofs_recordMisses.selector;
        list[n++] = this.proofs_end.selector;
        list[n++] = this.time_periodWithMiss.selector;
        list[n++] = this.time_silence.selector;
        list[n++] = this.time_days.selector;
        list[n++] = this.stranger_donate.selector;
        list[n++] = this.stranger_depositFor.selector;
        list[n++] = this.stranger_stakeFor.selector;
        list[n++] = this.stranger_topUp.selector;
        list[n++] = this.stranger_sweepBurned.selector;
        list[n++] = this.stranger_collectBurned.selector;
        list[n++] = this.stranger_withdraw.selector;
        list[n++] = this.provider_declareMaintenance.selector;
        list[n++] = this.proofs_claimFee.selector;
        list[n++] = this.audit_open.selector;
        list[n++] = this.audit_open.selector;
        list[n++] = this.audit_answer.selector;
        list[n++] = this.audit_close.selector;
        list[n++] = this.demand_units.selector;
        list[n++] = this.demand_show.selector;
        list[n++] = this.demand_close.selector;
        list[n++] = this.channel_open.selector;
        list[n++] = this.channel_openWithPermit.selector;
        list[n++] = this.channel_topUp.selector;
        list[n++] = this.channel_topUpWithPermit.selector;
        list[n++] = this.channel_redeem.selector;
        list[n++] = this.channel_redeem.selector;
        list[n++] = this.channel_batch.selector;
        list[n++] = this.channel_closeTogether.selector;
        list[n++] = this.channel_startClose.selector;
        list[n++] = this.channel_withdraw.selector;
        list[n++] = this.session_authorize.selector;
        list[n++] = this.session_revoke.selector;
        list[n++] = this.session_form.selector;
        list[n++] = this.session_topUp.selector;
        list[n++] = this.session_audit.selector;
        list[n++] = this.bid_cancel.selector;
        list[n++] = this.bid_close.selector;
        list[n++] = this.repair_post.selector;
        list[n++] = this.repair_post.selector;
        list[n++] = this.provider_postPegged.selector;
        list[n++] = this.provider_bringAsk.selector;
        list[n++] = this.provider_startSeries.selector;
        list[n++] = this.provider_declareCapacity.selector;
        list[n++] = this.stranger_trimCapacity.selector;
        list[n++] = this.stranger_countClients.selector;
        list[n++] = this.attacker_bid.selector;
        list[n++] = this.attacker_orders.selector;
        list[n++] = this.attacker_audit.selector;
        list[n++] = this.attacker_channel.selector;
        list[n++] = this.attacker_demand.selector;
        list[n++] = this.attacker_session.selector;
        list[n++] = this.attacker_marketOnly.selector;
        list[n++] = this.attacker_notMine.selector;
        list[n++] = this.attacker_replay.selector;
        list[n++] = this.attacker_ended.selector;
        list[n++] = this.attacker_untimely.selector;
        list[n++] = this.attacker_badProof.selector;
        list[n++] = this.attacker_overdraw.selector;
        assembly ("memory-safe") {
            mstore(list, n)
        }
    }
}
