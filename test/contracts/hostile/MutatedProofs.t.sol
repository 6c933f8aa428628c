// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {console} from "forge-std/console.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {ProofMutator} from "../../../contracts/mocks/ProofMutator.sol";
import {ProofFixture} from "../support/ProofFixture.sol";
import {SharedProof} from "../support/SharedProof.sol";

/// @notice [10] Honest proofs, changed in every blunt way: bits, words, siblings, segments, paths, lengths, pieces of other proofs. None may pass.
/// @dev `npm run test:proofs` asks for a million by the environment variable MUTANTS.
contract MutatedProofsTest is ProofFixture {
    uint32 private constant PROVIDERS = 3;
    uint256 private constant FEW = 12_000;
    uint256 private constant PER_PROOF = 3_000;
    uint256 private constant PER_CALL = 500;
    uint256 private constant KINDS = 12;

    ProofMutator private mutator;
    uint256[KINDS] private tried;

    /// @dev Few small shards, so that draws share paths in every way; sizes beside the powers of two have padding.
    function setUp() public override {
        super.setUp();
        mutator = new ProofMutator();
        uint32[3][3] memory units = [[uint32(1), 0, 0], [uint32(1), 3, 0], [uint32(2), 1, 5]];
        for (uint32 provider; provider < PROVIDERS; ++provider) {
            for (uint256 i; i < 3; ++i) {
                if (units[provider][i] != 0) _add(provider + 1, units[provider][i]);
            }
        }
    }

    /// @dev External: hashing whole trees fills memory, which ends with the call.
    function honest(uint32 provider) external view returns (bytes memory) {
        return _proofFor(proofs.draws(provider));
    }

    function test_NoneIsAccepted() public {
        uint256 wanted = vm.envOr("MUTANTS", FEW);
        uint256 sent;
        uint256 accepted;
        bytes[] memory before = new bytes[](0);
        for (uint256 step; sent < wanted; ++step) {
            _openNext();
            bytes[] memory all = new bytes[](PROVIDERS);
            for (uint32 i; i < PROVIDERS; ++i) {
                all[i] = this.honest(i + 1);
            }
            // From the second period on: the proofs of the one before are spliced in, too.
            for (uint32 i; i < PROVIDERS && step != 0 && sent < wanted; ++i) {
                this.mutate(i + 1, all[i], _others(all, before, i), step);
                sent += PER_PROOF;
            }
            // The control: unmutated, each is a proof.
            for (uint32 i; i < PROVIDERS; ++i) {
                proofs.prove(i + 1, _period(), all[i]);
                ++accepted;
            }
            before = all;
        }
        _print(sent, accepted);
    }

    function mutate(uint32 provider, bytes memory proof, bytes[] memory others, uint256 step) external {
        uint256[] memory starts = this.startsOf(provider);
        ProofMutator.Job memory job = ProofMutator.Job(address(proofs), provider, _period(), PER_CALL, 0);
        for (uint256 i; i < PER_PROOF / PER_CALL; ++i) {
            job.seed = uint256(keccak256(abi.encode(provider, step, i)));
            ProofMutator.Tally memory tally = mutator.run(job, proof, starts, others);
            for (uint256 kind; kind < KINDS; ++kind) {
                assertEq(tally.accepted[kind], 0, "accepted");
                tried[kind] += tally.tried[kind];
            }
            assertEq(tally.strange, 0, "refused for another reason than its bytes");
        }
    }

    /// @dev Where each path of the honest proof begins, and its length.
    function startsOf(uint32 provider) external view returns (uint256[] memory starts) {
        IPossessionProofs.Draw[] memory draws = proofs.draws(provider);
        uint256[] memory ends = new uint256[](draws.length + 1);
        uint256 number;
        for (uint256 i; i < draws.length; ++i) {
            uint256 end = SharedProof.lengthOf(_first(draws, i + 1));
            if (end != ends[number]) ends[++number] = end;
        }
        starts = new uint256[](number + 1);
        for (uint256 i; i <= number; ++i) {
            starts[i] = ends[i];
        }
    }

    function _first(
        IPossessionProofs.Draw[] memory draws,
        uint256 number
    ) private pure returns (IPossessionProofs.Draw[] memory some) {
        some = new IPossessionProofs.Draw[](number);
        for (uint256 i; i < number; ++i) {
            some[i] = draws[i];
        }
    }

    function _others(
        bytes[] memory all,
        bytes[] memory before,
        uint256 own
    ) private pure returns (bytes[] memory others) {
        others = new bytes[](all.length - 1 + before.length);
        uint256 number;
        for (uint256 i; i < all.length; ++i) {
            if (i != own) others[number++] = all[i];
            if (before.length != 0) others[number++] = before[i];
        }
    }

    function _print(uint256 sent, uint256 accepted) private view {
        string[KINDS] memory kinds = [
            "one bit flipped",
            "a word replaced",
            "neighbouring words swapped",
            "words swapped",
            "a segment omitted (depth -1)",
            "a segment duplicated (depth +1)",
            "a segment moved",
            "a path omitted",
            "a path duplicated",
            "bytes cut off",
            "bytes added",
            "segments of another provider's or period's proof"
        ];
        for (uint256 kind; kind < KINDS; ++kind) {
            console.log("%s: %d sent, 0 accepted", kinds[kind], tried[kind]);
        }
        console.log("%d mutated proofs sent, 0 accepted; %d unmutated ones, all accepted", sent, accepted);
    }
}
