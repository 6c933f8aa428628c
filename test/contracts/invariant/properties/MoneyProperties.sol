// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {Sums} from "./Sums.sol";

/// @notice Properties 1 to 11 of README.md.
abstract contract MoneyProperties is Sums {
    function _checkMoney(Totals memory totals) internal view {
        _i00_eventsCanBeRead();
        _i01_solvency(totals);
        _i02_flow(totals);
        for (uint32 account; account < totals.accounts; ++account) {
            AccountGhost storage g = accountGhosts[account];
            _i03_accounts(account, g, totals.balances[account]);
            _i04_reasons(account, g);
            _i11_accountsNames(account, g, totals.owners[account]);
        }
        _i05_lockOfAgreements(totals);
        _i06_lockOfCollateral(totals);
        _i10_burns();
    }

    function _checkMoneyOf(uint64 id, AgreementGhost storage g, IAgreements.Agreement memory a) internal view {
        _i07_conservationPerAgreement(id, g, a);
        _i08_payFollowsProof(id, g, a);
        _i09_holdBack(id, g);
    }

    function _i00_eventsCanBeRead() private view {
        _unbroken(0, "I00 the witness could not read an action's events");
    }

    function _i01_solvency(Totals memory totals) private view {
        _same(totals.balance, totals.available + totals.locked + donated, "I01 solvency", 0);
    }

    function _i02_flow(Totals memory totals) private view {
        _same(totals.balance + totals.withdrawn, totals.deposited + donated, "I02 flow", 0);
    }

    function _i03_accounts(uint32 account, AccountGhost storage g, uint256 available) private view {
        _same(available + g.locked + g.withdrawn, g.deposited + g.released, "I03 account", account);
    }

    /// @dev Burning passes through a lock, which charges nobody.
    function _i04_reasons(uint32 account, AccountGhost storage g) private view {
        _same(g.locked, g.charged, "I04 charged to account", account);
        _same(g.released, g.credited, "I04 credited to account", account);
    }

    function _i05_lockOfAgreements(Totals memory totals) private view {
        uint256 locked = escrow.lockedBy(address(agreements));
        _same(locked, totals.owed, "I05 lock of Agreements", 0);
        _same(locked, lockerGhosts[address(agreements)], "I05 lock of Agreements, by events", 0);
    }

    function _i06_lockOfCollateral(Totals memory totals) private view {
        uint256 locked = escrow.lockedBy(address(collateral));
        _same(locked, totals.staked, "I06 lock of Collateral", 0);
        _same(locked, lockerGhosts[address(collateral)], "I06 lock of Collateral, by events", 0);
    }

    function _i07_conservationPerAgreement(
        uint64 id,
        AgreementGhost storage g,
        IAgreements.Agreement memory a
    ) private view {
        uint256 owed = a.status == IAgreements.Status.Active ? _owedBy(g.rent, a) : 0;
        uint256 out = g.paid + g.missed + g.shortened + g.passedOn + g.released;
        _same(g.locked, out + owed, "I07 conservation of agreement", id);
    }

    function _i08_payFollowsProof(uint64 id, AgreementGhost storage g, IAgreements.Agreement memory a) private view {
        uint256 own = a.provenPeriods - g.inherited;
        uint32 to = a.startPeriod + a.settledPeriods;
        _same(own, proofs.provenBetween(g.provider, a.startPeriod, to), "I08 proven periods of agreement", id);
        uint256 heldBack = _heldBack(g) - (g.rent * g.inherited * HOLDBACK_BPS) / BPS;
        _same(g.paid + heldBack, g.rent * own, "I08 pay of agreement", id);
        _same(g.missed, g.rent * (a.settledPeriods - own), "I08 refund of agreement", id);
    }

    /// @dev To whom it went is property 4.
    function _i09_holdBack(uint64 id, AgreementGhost storage g) private view {
        _unbroken(9, "I09 released hold-back is not what was held back");
        if (g.status == IAgreements.Status.Active)
            _same(g.released, 0, "I09 hold-back released early of agreement", id);
        if (g.status == IAgreements.Status.Kept) _same(g.released, _heldBack(g), "I09 hold-back of agreement", id);
    }

    function _i10_burns() private view {
        (, uint96 burned) = escrow.accounts(0);
        uint256 waiting = escrow.burningOf(address(channels));
        _same(
            burned + waiting + swept,
            burnedBySigning + burnedBySlashing + burnedByAudits + burnedByReads,
            "I10 burned",
            0
        );
        _same(token.balanceOf(escrow.BURN_ADDRESS()), swept, "I10 swept", 0);
    }

    function _i11_accountsNames(uint32 account, AccountGhost storage g, address owner) private view {
        _unbroken(11, "I11 an account's number was given twice or left out");
        assertEq(owner, g.owner, "I11 owner of account");
        if (account != 0) _same(escrow.accountOf(owner), account, "I11 number of account", account);
    }
}
