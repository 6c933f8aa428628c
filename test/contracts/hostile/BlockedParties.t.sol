// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RunningMarket} from "../support/RunningMarket.sol";
import {BlocklistToken} from "../../../contracts/mocks/BlocklistToken.sol";

/// @notice [20] The token blocks one party after the other: everybody else is paid, ends what they have and leaves with all of it, and the
/// blocked party's money waits, to be sent where the token lets it go.
contract BlockedPartiesTest is RunningMarket {
    address private reporter = makeAddr("reporter");
    address private auditor = makeAddr("auditor");
    address private refuge = makeAddr("refuge");

    function setUp() public override {
        super.setUp();
        _fund(reporter, 1 ether);
        _fund(auditor, 5 ether);

        vm.etch(address(token), address(new BlocklistToken(address(1), 0)).code);
    }

    function test_ClientBlocked() public {
        _everybodyElseLeaves(client);
    }

    function test_ProvidersOperatorBlocked() public {
        _everybodyElseLeaves(holder.operator);
    }

    function test_ProvidersNodeBlocked() public {
        _everybodyElseLeaves(vm.addr(holder.nodeKey));
    }

    function test_SuccessorsOperatorBlocked() public {
        _everybodyElseLeaves(successor.operator);
    }

    function test_ReporterBlocked() public {
        _everybodyElseLeaves(reporter);
    }

    function test_ChallengerBlocked() public {
        _everybodyElseLeaves(auditor);
    }

    function test_PayerOfATopUpBlocked() public {
        _everybodyElseLeaves(bystander);
    }

    function test_BurnAddressBlocked() public {
        _everybodyElseLeaves(escrow.BURN_ADDRESS());
    }

    function test_MarketContractsBlocked() public {
        BlocklistToken(address(token)).setBlocked(address(agreements), true);
        BlocklistToken(address(token)).setBlocked(address(collateral), true);
        BlocklistToken(address(token)).setBlocked(address(proofs), true);
        BlocklistToken(address(token)).setBlocked(address(audits), true);
        _everybodyElseLeaves(address(registry));
    }

    function _everybodyElseLeaves(address blocked) private {
        BlocklistToken(address(token)).setBlocked(blocked, true);
        _wholeLife();
        assertEq(escrow.lockedBy(address(agreements)), 0, "nothing left in agreements");
        assertEq(escrow.lockedBy(address(audits)), 0, "nothing left in audits");

        address[6] memory parties = [client, holder.operator, successor.operator, reporter, bystander, auditor];
        for (uint256 i; i < parties.length; ++i) {
            uint256 available = escrow.availableOf(parties[i]);
            if (available != 0) _leave(parties[i], available, parties[i] == blocked);
        }
        _sweep(escrow.BURN_ADDRESS() == blocked);
        _assertConserved();
        assertEq(escrow.lockedBy(address(collateral)), _stakesLeft(), "only stake stays");
    }

    /// @dev Every step in which one party's money depends on another's.
    function _wholeLife() private {
        _stepTopUp();
        _stepForm();
        proofs.recordMisses(holder.id, escrow.accountOf(reporter));
        collateral.claimReportFee(holder.id, 0);
        _stepAnswerAudit();
        _stepSettle();
        _stepHandOver();
        _stepWithdrawUnbonded();
        id = agreements.holdersOf(client, OBJECT)[0];
        vm.prank(auditor);
        uint256 audit = audits.openAudit(id, auditor);
        // From here on nobody proves: the successor fails, and what it holds with it.
        _toPeriod(proofs.currentPeriod() + 6);
        agreements.end(id);
        audits.close(audit);
        agreements.end(agreements.holdersOf(client, keccak256("another"))[0]);
    }

    function _leave(address party, uint256 available, bool blocked) private {
        vm.startPrank(party);
        if (blocked) {
            vm.expectRevert(abi.encodeWithSelector(BlocklistToken.BlocklistToken_Blocked.selector, party));
            escrow.withdraw(party, available);
            assertEq(escrow.availableOf(party), available, "kept");
        }
        address to = blocked ? refuge : party;
        uint256 before = token.balanceOf(to);
        escrow.withdraw(to, available);
        assertEq(token.balanceOf(to) - before, available, "in full");
        vm.stopPrank();
    }

    function _sweep(bool blocked) private {
        if (blocked) {
            vm.expectRevert(
                abi.encodeWithSelector(BlocklistToken.BlocklistToken_Blocked.selector, escrow.BURN_ADDRESS())
            );
        }
        escrow.sweepBurned();
    }

    function _stakesLeft() private view returns (uint256 sum) {
        for (uint32 p = 1; p <= registry.providerCount(); ++p) {
            sum += uint256(collateral.stakes(p).free) + collateral.stakes(p).locked + collateral.unbondings(p).amount;
        }
    }
}
