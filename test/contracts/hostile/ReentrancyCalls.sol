// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NodeKeys} from "../support/NodeKeys.sol";
import {RunningMarket} from "../support/RunningMarket.sol";
import {Signing} from "../support/Signing.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {SignedAsk} from "../../../contracts/types/SignedAsk.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice Every function of every contract that changes anything, ready to be called by an actor that has every right: it is client, operator
/// and successor at once.
abstract contract ReentrancyCalls is RunningMarket {
    using Signing for *;

    struct Call {
        string name;
        address target;
        bytes data;
    }

    bytes32 private constant OWN = keccak256("own");
    uint256 internal constant AMOUNT = 3 ether;

    Call[] internal _inner;
    Call[] internal _outer;
    AgreementId private _own;
    AgreementId private _over;

    function setUp() public virtual override {
        super.setUp();
        _fund(address(this), 1_000 ether);
        _becomeEverybody();
        _listOuter();
        _listMarketCalls();
        _listEscrowCalls();
        _listStakeCalls();
        _listRegistryCalls();
        _listAskCalls();
        _listBidCalls();
    }

    /// @dev Operator and node key of two providers, client of an agreement with the first.
    function _becomeEverybody() private {
        for (uint256 key = 0xA003; key <= 0xA004; ++key) {
            uint32 provider = registry.register(
                NodeKeys.publicKeyOf(key),
                826,
                "",
                block.timestamp,
                _bind(address(this), key, 826, block.timestamp)
            );
            collateral.stake(provider, address(this), 200 ether);
            registry.declareCapacity(provider, 1 << 20);
        }
        vm.roll(block.number + 1);
        registry.assignPlacement(3);
        uint64 askId = orderBook.postAsk(_ask(3));
        providers.push(Provider(3, address(this), 0xA003, askId));
        providers.push(Provider(4, address(this), 0xA004, 0));
        StorageAgreement memory a = _agreement(providers[2], OWN, 0, UNITS, TERM);
        a.client = address(this);
        _own = _form(providers[2], a);
        a = _agreement(providers[2], keccak256("over"), 0, UNITS, 1);
        a.client = address(this);
        _over = _form(providers[2], a);
        collateral.requestUnbond(4, 1 ether);
        orderBook.postBid(_bidTerms());
        _coverNoMoreThanDeclared();
        vm.warp(block.timestamp + 8 days);
        _nextPeriod();
        _prove(3);
        proofs.recordMisses(holder.id, escrow.accountOf(address(this)));
        _nextPeriod();
        collateral.requestUnbond(3, 1 ether);
        _startAudits();
    }

    /// @dev So that the fee of the next report leaves the holder with less than it declared.
    function _coverNoMoreThanDeclared() private {
        _declare(holder, 0);
        uint256 free = collateral.lockableOf(holder.id);
        vm.prank(holder.operator);
        collateral.requestUnbond(holder.id, free - 1 ether);
        _declare(holder, uint32(collateral.coveredCapacity(holder.id)));
    }

    /// @dev One that can be answered, one that can be closed.
    function _startAudits() private {
        audits.openAudit(id, address(this));
        StorageAgreement memory a = _agreement(providers[2], keccak256("lost"), 0, UNITS, TERM);
        a.client = address(this);
        AgreementId lost = _form(providers[2], a);
        audits.openAudit(lost, address(this));
        agreements.concede(lost);
        vm.roll(block.number + 1);
    }

    // ------------------------------------------------------------------- calls

    function _listOuter() private {
        token.approve(address(escrow), type(uint256).max);
        _outer.push(Call("deposit", address(escrow), abi.encodeCall(escrow.deposit, (address(this), AMOUNT))));
        bytes memory permit = abi.encodeCall(escrow.depositWithPermit, (AMOUNT, block.timestamp, 27, 0, 0));
        _outer.push(Call("depositWithPermit", address(escrow), permit));
        _outer.push(Call("withdraw", address(escrow), abi.encodeCall(escrow.withdraw, (makeAddr("safe"), AMOUNT))));
        _outer.push(Call("sweepBurned", address(escrow), abi.encodeCall(escrow.sweepBurned, ())));
    }

    function _listMarketCalls() private {
        address target = address(agreements);
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = _agreement(providers[2], keccak256("more"), 0, UNITS, TERM);
        list[0].client = address(this);
        signatures[0] = _sign(0xA003, agreements.digestOf(list[0]));
        _inner.push(Call("form", target, abi.encodeCall(agreements.form, (list, signatures, ""))));
        AgreementId[] memory ids = new AgreementId[](2);
        (ids[0], ids[1]) = (_own, id);
        _inner.push(Call("settle", target, abi.encodeCall(agreements.settle, (ids))));
        _inner.push(Call("end", target, abi.encodeCall(agreements.end, (_over))));
        _inner.push(Call("giveNotice", target, abi.encodeCall(agreements.giveNotice, (_own))));
        _inner.push(Call("concede", target, abi.encodeCall(agreements.concede, (_own))));
        _inner.push(
            Call("topUp", target, abi.encodeCall(agreements.topUp, (_own, address(this), 3, providers[2].askId)))
        );
        _inner.push(Call("revokeNonces", target, abi.encodeCall(agreements.revokeNonces, (1, 7))));

        Renewal memory r = Renewal(_own, address(this), 5, nextNonce++, uint64(block.timestamp));
        bytes memory signature = _sign(0xA003, _digest("Stowmarket Agreements", target, r.hashOf()));
        _inner.push(Call("renew", target, abi.encodeCall(agreements.renew, (r, signature, ""))));
        uint32 period = proofs.currentPeriod();
        bytes memory proof = abi.encodeCall(proofs.prove, (holder.id, period, _proof(holder.id)));
        _inner.push(Call("prove", address(proofs), proof));
        _prove(3);
        Handover memory h = Handover(_own, OWN, 4, nextNonce++, uint64(block.timestamp));
        signature = _sign(0xA004, _digest("Stowmarket Agreements", target, h.hashOf()));
        _inner.push(Call("handOver", target, abi.encodeCall(agreements.handOver, (h, signature))));
        bytes memory misses = abi.encodeCall(proofs.recordMisses, (holder.id, 1));
        _inner.push(Call("recordMisses", address(proofs), misses));
    }

    function _listEscrowCalls() private {
        address target = address(escrow);
        _inner.push(Call("deposit", target, _outer[0].data));
        _inner.push(Call("depositWithPermit", target, _outer[1].data));
        _inner.push(Call("withdraw", target, _outer[2].data));
        _inner.push(Call("sweepBurned", target, _outer[3].data));
        _inner.push(Call("lock", target, abi.encodeCall(escrow.lock, (client, 1, 0))));
        _inner.push(Call("release", target, abi.encodeCall(escrow.release, (1, 1, 0, 0))));
        _inner.push(Call("lockBy", target, abi.encodeCall(escrow.lockBy, (client, client, 1, 0))));
        bytes memory permit2 = abi.encodeCall(escrow.depositWithPermit2, (address(this), AMOUNT, 0, 0, ""));
        _inner.push(Call("depositWithPermit2", target, permit2));
    }

    function _listStakeCalls() private {
        address target = address(collateral);
        _inner.push(Call("stake", target, abi.encodeCall(collateral.stake, (3, address(this), 1 ether))));
        _inner.push(Call("requestUnbond", target, abi.encodeCall(collateral.requestUnbond, (3, 1 ether))));
        _inner.push(Call("withdrawUnbonded", target, abi.encodeCall(collateral.withdrawUnbonded, (4))));
        _inner.push(Call("claimReportFee", target, abi.encodeCall(collateral.claimReportFee, (holder.id, 0))));

        target = address(audits);
        _inner.push(Call("openAudit", target, abi.encodeCall(audits.openAudit, (id, address(this)))));
        _inner.push(Call("answer", target, abi.encodeCall(audits.answer, (1, _answerTo(1)))));
        _inner.push(Call("close", target, abi.encodeCall(audits.close, (2))));
    }

    function _listRegistryCalls() private {
        bytes memory binding = _bind(address(this), 0xA005, 826, block.timestamp);
        bytes memory data = abi.encodeCall(
            registry.register,
            (NodeKeys.publicKeyOf(0xA005), 826, "", block.timestamp, binding)
        );
        _inner.push(Call("register", address(registry), data));
        bytes memory placement = abi.encodeCall(registry.assignPlacement, (4));
        _inner.push(Call("assignPlacement", address(registry), placement));
        bytes memory revocation = abi.encodeCall(registry.revokeSignatures, (3, 1));
        _inner.push(Call("revokeSignatures", address(registry), revocation));
        bytes memory addresses = abi.encodeCall(registry.updateAddresses, (3, ""));
        _inner.push(Call("updateAddresses", address(registry), addresses));
        bytes memory declaration = abi.encodeCall(registry.declareCapacity, (3, 1 << 21));
        _inner.push(Call("declareCapacity", address(registry), declaration));
        bytes memory trim = abi.encodeCall(registry.trimCapacity, (holder.id));
        _inner.push(Call("trimCapacity", address(registry), trim));
        uint64[] memory served = new uint64[](1);
        served[0] = AgreementId.unwrap(_over);
        AgreementId[] memory over = new AgreementId[](1);
        over[0] = _over;
        agreements.settle(over);
        bytes memory clients = abi.encodeCall(reputation.countClients, (served));
        _inner.push(Call("countClients", address(reputation), clients));
    }

    function _listAskCalls() private {
        address target = address(orderBook);
        _inner.push(Call("postAsk", target, abi.encodeCall(orderBook.postAsk, (_ask(3)))));
        uint64 askId = providers[2].askId;
        _inner.push(Call("amendAsk", target, abi.encodeCall(orderBook.amendAsk, (askId, _ask(3)))));
        _inner.push(Call("cancelAsks", target, abi.encodeCall(orderBook.cancelAsks, (3, _askList(askId)))));
        SignedAsk memory signed;
        signed.ask = _ask(3);
        bytes memory signature = _sign(0xA003, _digest("Stowmarket OrderBook", target, signed.hashOf()));
        _inner.push(Call("bringAsk", target, abi.encodeCall(orderBook.bringAsk, (signed, signature))));
        _inner.push(Call("startSeries", target, abi.encodeCall(orderBook.startSeries, (4))));
    }

    /// @dev Bid 1 has expired, bid 2 can be answered or taken back.
    function _listBidCalls() private {
        address target = address(orderBook);
        uint64 bidId = orderBook.postBid(_bidTerms());
        _inner.push(Call("postBid", target, abi.encodeCall(orderBook.postBid, (_bidTerms()))));
        bytes memory answer = abi.encodeCall(
            orderBook.answerBid,
            (bidId, _taking(bidId, address(this)), _signatures, _proofs)
        );
        _inner.push(Call("answerBid", target, answer));
        _inner.push(Call("cancelBid", target, abi.encodeCall(orderBook.cancelBid, (bidId))));
        _inner.push(Call("closeBid", target, abi.encodeCall(orderBook.closeBid, (1))));
    }
}
