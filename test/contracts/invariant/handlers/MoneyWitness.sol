// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IEscrow} from "../../../../contracts/interfaces/IEscrow.sol";
import {Ghosts} from "./Ghosts.sol";

/// @notice Reads the escrow's events into the ghosts.
abstract contract MoneyWitness is Ghosts {
    function _seeEscrow(Vm.Log memory log) internal {
        bytes32 topic = log.topics[0];
        if (topic == IEscrow.AccountOpened.selector) return _seeAccount(log);
        if (topic == IEscrow.BurnSwept.selector) {
            uint256 burned = abi.decode(log.data, (uint256));
            swept += burned;
            accountGhosts[0].withdrawn += burned;
            return;
        }
        if (topic == IEscrow.SessionAuthorized.selector) return _seeSession(log);
        if (topic == IEscrow.SessionSpent.selector) return _seeSpent(log);
        if (topic == IEscrow.SessionRevoked.selector) {
            delete sessionGhosts[address(uint160(uint256(log.topics[1])))][address(uint160(uint256(log.topics[2])))];
            return;
        }
        if (topic == IEscrow.ReleasedToTwo.selector) return _seeReleasedToTwo(log);
        if (topic == IEscrow.Locked.selector || topic == IEscrow.Released.selector) return _seeLock(log);

        AccountGhost storage g = accountGhosts[uint32(uint256(log.topics[1]))];
        uint256 amount = abi.decode(log.data, (uint256));
        if (topic == IEscrow.Deposited.selector) {
            g.deposited += amount;
            if (_isPair(g.owner)) pairIn += amount;
        } else if (topic == IEscrow.Withdrawn.selector) {
            g.withdrawn += amount;
            if (_isPair(g.owner)) pairOut += amount;
        }
    }

    function _seeAccount(Vm.Log memory log) private {
        uint32 account = uint32(uint256(log.topics[1]));
        if (account != accountsSeen) _breach(11);
        accountGhosts[account].owner = address(uint160(uint256(log.topics[2])));
        ++accountsSeen;
    }

    /// @dev Burning is a lock and a release into account 0: the locker's own lock is the difference.
    function _seeLock(Vm.Log memory log) private {
        address locker = address(uint160(uint256(log.topics[1])));
        AccountGhost storage g = accountGhosts[uint32(uint256(log.topics[2]))];
        uint256 amount = abi.decode(log.data, (uint256));
        if (log.topics[0] == IEscrow.Locked.selector) {
            g.locked += amount;
            lockerGhosts[locker] += amount;
        } else {
            g.released += amount;
            lockerGhosts[locker] -= amount;
            if (locker == address(channels) && log.topics[2] == 0) _seeCollected(amount);
        }
    }

    function _seeReleasedToTwo(Vm.Log memory log) private {
        (uint256 amount, uint256 second) = abi.decode(log.data, (uint256, uint256));
        // What waits to be burned goes alone.
        if (log.topics[2] == 0 || log.topics[3] == 0) {
            if (log.topics[1] == bytes32(uint256(uint160(address(channels))))) _breach(61);
        }
        accountGhosts[uint32(uint256(log.topics[2]))].released += amount;
        accountGhosts[uint32(uint256(log.topics[3]))].released += second;
        lockerGhosts[address(uint160(uint256(log.topics[1])))] -= amount + second;
    }

    /// @dev All that waited in the lock of RetrievalChannels.
    function _seeCollected(uint256 amount) private {
        if (amount != burningOfReads) _breach(61);
        burningOfReads = 0;
        _credit(0, amount);
    }

    function _seeSession(Vm.Log memory log) private {
        SessionGhost storage g = sessionGhosts[address(uint160(uint256(log.topics[1])))][
            address(uint160(uint256(log.topics[2])))
        ];
        (g.budget, g.expiry) = abi.decode(log.data, (uint256, uint256));
    }

    function _seeSpent(Vm.Log memory log) private {
        SessionGhost storage g = sessionGhosts[address(uint160(uint256(log.topics[1])))][
            address(uint160(uint256(log.topics[2])))
        ];
        (uint256 amount, uint256 left) = abi.decode(log.data, (uint256, uint256));
        if (block.timestamp >= g.expiry || amount > g.budget || left != g.budget - amount) _breach(49);
        g.budget = left;
    }

    function _charge(address owner, uint256 amount) internal {
        if (amount != 0) accountGhosts[escrow.accountOf(owner)].charged += amount;
    }

    function _credit(uint32 account, uint256 amount) internal {
        accountGhosts[account].credited += amount;
    }
}
