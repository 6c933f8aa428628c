// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/* solhint-disable avoid-low-level-calls */

/// @notice Tells what many calls would do, each on the state as it stands: what one changes is undone before the next.
/// @dev For tests.
contract CallJudge {
    /// @param ok whether the call succeeded
    /// @param data what it gave back, or why it failed
    struct Verdict {
        bool ok;
        bytes data;
    }

    function judge(address target, bytes[] calldata calls) external returns (Verdict[] memory verdicts) {
        verdicts = new Verdict[](calls.length);
        for (uint256 i; i < calls.length; ++i) {
            (, bytes memory outcome) = address(this).call(abi.encodeCall(this.attempt, (target, calls[i])));
            (verdicts[i].ok, verdicts[i].data) = abi.decode(outcome, (bool, bytes));
        }
    }

    /// @dev Always reverts, with the outcome.
    function attempt(address target, bytes calldata data) external {
        (bool ok, bytes memory returned) = target.call(data);
        bytes memory outcome = abi.encode(ok, returned);
        assembly ("memory-safe") {
            revert(add(outcome, 0x20), mload(outcome))
        }
    }
}
