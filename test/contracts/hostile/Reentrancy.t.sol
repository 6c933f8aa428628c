// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {NodeKeys} from "../support/NodeKeys.sol";
import {RunningMarket} from "../support/RunningMarket.sol";
import {Signing} from "../support/Signing.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {HookedToken, IHookListener} from "../../../contracts/mocks/HostileTransfers.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice [18] The token calls an actor before and after each move, who then calls every function of every contract that changes anything,
/// with every right that an actor can have: it is client, operator and successor at once. Each call either is refused, or leaves what the
/// same two calls one after the other leave; and at every instant the escrow has what its views say that it owes.
contract ReentrancyTest is RunningMarket, IHookListener {
    using Signing for *;

    struct Call {
        string name;
        address target;
        bytes data;
    }

    bytes32 private constant OWN = keccak256("own");
    uint256 private constant AMOUNT = 3 ether;

    Call[] private _inner;
    Call[] private _outer;
    AgreementId private _own;
    AgreementId private _over;

    uint256 private constant _NONE = type(uint256).max;

    /// @dev Number of the inner call to make, and when.
    uint256 private _chosen = _NONE;
    bool private _afterMove;
    bool private _accepted;
    bytes private _returned;
    uint256 private _hooks;
    /// @dev What the outer call moves, and whether the views ever said that the escrow owes more than it has, or too little.
    uint256 private _moving;
    bool private _lied;

    function setUp() public override {
        super.setUp();
        _fund(address(this), 1_000 ether);
        _becomeEverybody();
        _listOuter();
        _listMarketCalls();
        _listOtherCalls();
        vm.etch(address(token), address(new HookedToken()).code);
        HookedToken(address(token)).setListener(address(this));
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
        vm.warp(block.timestamp + 8 days);
        _nextPeriod();
        _prove(3);
        proofs.recordMisses(holder.id, escrow.accountOf(address(this)));
        _nextPeriod();
        collateral.requestUnbond(3, 1 ether);
        _startAudits();
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

    function _listOtherCalls() private {
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

        target = address(collateral);
        _inner.push(Call("stake", target, abi.encodeCall(collateral.stake, (3, address(this), 1 ether))));
        _inner.push(Call("requestUnbond", target, abi.encodeCall(collateral.requestUnbond, (3, 1 ether))));
        _inner.push(Call("withdrawUnbonded", target, abi.encodeCall(collateral.withdrawUnbonded, (4))));
        _inner.push(Call("claimReportFee", target, abi.encodeCall(collateral.claimReportFee, (holder.id, 0))));

        target = address(audits);
        _inner.push(Call("openAudit", target, abi.encodeCall(audits.openAudit, (id, address(this)))));
        _inner.push(Call("answer", target, abi.encodeCall(audits.answer, (1, _answerTo(1)))));
        _inner.push(Call("close", target, abi.encodeCall(audits.close, (2))));

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
        _inner.push(Call("postAsk", address(orderBook), abi.encodeCall(orderBook.postAsk, (_ask(3)))));
        uint64 askId = providers[2].askId;
        _inner.push(Call("amendAsk", address(orderBook), abi.encodeCall(orderBook.amendAsk, (askId, _ask(3)))));
        _inner.push(Call("cancelAsks", address(orderBook), abi.encodeCall(orderBook.cancelAsks, (3, _askList(askId)))));
    }

    // -------------------------------------------------------------------- hook

    /// @inheritdoc IHookListener
    function onHook(bool moved) external {
        uint256 owed = _owed();
        uint256 held = token.balanceOf(address(escrow));
        if (held < owed || held > owed + _moving) _lied = true;
        // Once: the calls made from here move tokens too, if they can.
        if (_chosen == _NONE || moved != _afterMove || ++_hooks != 1) return;
        Call memory inner = _inner[_chosen];
        (_accepted, _returned) = inner.target.call(inner.data);
        if (token.balanceOf(address(escrow)) < _owed()) _lied = true;
    }

    // ------------------------------------------------------------------- tests

    function test_FromDeposits() public {
        _everyInner(_outer[0], AMOUNT);
    }

    function test_FromDepositsWithPermit() public {
        _everyInner(_outer[1], AMOUNT);
    }

    function test_FromWithdrawals() public {
        _everyInner(_outer[2], AMOUNT);
    }

    function test_FromSweeps() public {
        (, uint96 burned) = escrow.accounts(0);
        _everyInner(_outer[3], burned);
    }

    function _everyInner(Call memory outer, uint256 moving) private {
        _moving = moving;
        for (uint256 i; i < _inner.length; ++i) {
            _compare(outer, i, false);
            _compare(outer, i, true);
        }
    }

    function _compare(Call memory outer, uint256 i, bool afterMove) private {
        Call memory inner = _inner[i];
        string memory name = string.concat(inner.name, " inside ", outer.name);
        bytes32[3] memory sequences = [_booksAfter(outer), _booksAfter(inner, outer), _booksAfter(outer, inner)];
        uint256 snapshot = vm.snapshotState();
        (_chosen, _afterMove) = (i, afterMove);
        _must(outer);
        (bool accepted, bytes memory answer, bytes32 books) = (_accepted, _returned, _books());
        assertEq(_hooks, 1, name);
        assertFalse(_lied, string.concat("views lied: ", name));
        vm.revertToState(snapshot);

        if (inner.target == address(escrow)) {
            assertFalse(accepted, name);
            assertEq(bytes4(answer), _refusal(inner), name);
            assertEq(books, sequences[0], name);
        } else {
            assertTrue(accepted, name);
            assertTrue(books == sequences[1] || books == sequences[2], name);
        }
    }

    function _refusal(Call memory inner) private view returns (bytes4) {
        bytes4 selector = bytes4(inner.data);
        bool isBookkeeping =
            selector == escrow.lock.selector ||
                selector == escrow.lockBy.selector ||
                selector == escrow.release.selector;
        return
            isBookkeeping
                ? IEscrow.Escrow_NotAMarketContract.selector
                : ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
    }

    function _booksAfter(Call memory only) private returns (bytes32 books) {
        uint256 snapshot = vm.snapshotState();
        _must(only);
        books = _books();
        vm.revertToState(snapshot);
    }

    /// @return books zero when the second is not possible after the first
    function _booksAfter(Call memory first, Call memory second) private returns (bytes32 books) {
        uint256 snapshot = vm.snapshotState();
        (bool ok, ) = first.target.call(first.data);
        if (ok) (ok, ) = second.target.call(second.data);
        if (ok) books = _books();
        vm.revertToState(snapshot);
    }

    function _must(Call memory one) private {
        (bool ok, ) = one.target.call(one.data);
        assertTrue(ok, one.name);
    }
}
