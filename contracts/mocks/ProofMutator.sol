// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";

/// @notice Sends PossessionProofs proofs that differ from an honest one, thousands in one call.
/// @dev For tests. A mutant is written straight into the calldata of `prove`, so that the loop takes no new memory.
contract ProofMutator {
    enum Kind {
        FlipBit,
        NewWord,
        SwapNeighbours,
        SwapWords,
        OmitWord,
        RepeatWord,
        MoveWord,
        OmitPath,
        RepeatPath,
        CutBytes,
        AddBytes,
        Splice
    }

    uint256 private constant _KINDS = 12;
    uint256 private constant _WORD = 32;
    /// @dev Where the proof stands in the calldata of `prove`: selector, provider, period, offset, length.
    uint256 private constant _PROOF_OFFSET = 4 + 4 * 32;
    /// @dev More than any kind adds: a whole path of the deepest shard.
    uint256 private constant _ROOM = 2048;

    /// @param proofs who judges
    /// @param rounds mutants to send
    /// @param seed what they follow from
    struct Job {
        address proofs;
        uint32 provider;
        uint32 period;
        uint256 rounds;
        uint256 seed;
    }

    /// @param tried mutants sent, by kind
    /// @param accepted how many of them were taken for proofs
    /// @param strange how many were refused for another reason than their bytes
    struct Tally {
        uint256[_KINDS] tried;
        uint256[_KINDS] accepted;
        uint256 strange;
    }

    /// @param honest a proof that `proofs` accepts
    /// @param starts where each path in it begins, and its length
    /// @param others whole proofs of something else, to splice in
    function run(
        Job calldata job,
        bytes calldata honest,
        uint256[] calldata starts,
        bytes[] calldata others
    ) external returns (Tally memory tally) {
        bytes memory message = abi.encodeCall(
            IPossessionProofs.prove,
            (job.provider, job.period, new bytes(honest.length + _ROOM))
        );
        bytes32 genuine = keccak256(honest);
        uint256 random = job.seed;
        for (uint256 sent; sent < job.rounds;) {
            random = _hash(random);
            uint256 length = _mutate(message, honest, starts, others, Kind(random % _KINDS), random >> 8);
            // Equal words swapped, or a word put where it was.
            if (length == honest.length && _hashOf(message, length) == genuine) continue;
            ++sent;
            _judge(job.proofs, message, length, tally, random % _KINDS);
        }
    }

    function _judge(address proofs, bytes memory message, uint256 length, Tally memory tally, uint256 kind) private {
        ++tally.tried[kind];
        (bool ok, bytes4 reason) = _send(proofs, message, length);
        if (ok) ++tally.accepted[kind];
        else if (!_isAboutBytes(reason)) ++tally.strange;
    }

    /// @return length of the mutant
    function _mutate(
        bytes memory message,
        bytes calldata honest,
        uint256[] calldata starts,
        bytes[] calldata others,
        Kind kind,
        uint256 random
    ) private pure returns (uint256 length) {
        length = honest.length;
        _put(message, 0, honest);
        if (kind <= Kind.SwapWords) {
            _change(message, honest, kind, random);
        } else if (kind <= Kind.MoveWord) {
            return _resize(message, honest, kind, random);
        } else if (kind <= Kind.RepeatPath) {
            uint256 path = random % (starts.length - 1);
            (uint256 from, uint256 to) = (starts[path], starts[path + 1]);
            if (kind == Kind.OmitPath) return _put(message, from, honest[to:]);
            return _put(message, to, honest[from:]);
        } else if (kind == Kind.CutBytes) {
            return length - 1 - (random % 64);
        } else if (kind == Kind.AddBytes) {
            _write(message, length, bytes32(random));
            _write(message, length + _WORD, bytes32(_hash(random)));
            return length + 1 + (random % 64);
        } else {
            bytes calldata other = others[random % others.length];
            uint256 words = (other.length < length ? other.length : length) / _WORD;
            uint256 from = (random >> 16) % words;
            uint256 to = from + 1 + ((random >> 32) % (words - from));
            _put(message, from * _WORD, other[from * _WORD:to * _WORD]);
        }
    }

    /// @dev Other bytes, of the same length.
    function _change(bytes memory message, bytes calldata honest, Kind kind, uint256 random) private pure {
        uint256 words = honest.length / _WORD;
        if (kind == Kind.FlipBit) {
            uint256 place = _PROOF_OFFSET + (random % honest.length);
            message[place] ^= bytes1(uint8(1 << ((random >> 32) % 8)));
        } else if (kind == Kind.NewWord) {
            _write(message, (random % words) * _WORD, bytes32(_hash(random)));
        } else {
            uint256 first = random % (words - 1);
            uint256 second = kind == Kind.SwapNeighbours ? first + 1 : (random >> 32) % words;
            _put(message, first * _WORD, _wordOf(honest, second));
            _put(message, second * _WORD, _wordOf(honest, first));
        }
    }

    /// @dev A level less, a level more, or one less here and one more there.
    function _resize(
        bytes memory message,
        bytes calldata honest,
        Kind kind,
        uint256 random
    ) private pure returns (uint256 length) {
        uint256 words = honest.length / _WORD;
        uint256 word = random % words;
        if (kind == Kind.OmitWord) return _put(message, word * _WORD, honest[(word + 1) * _WORD:]);
        if (kind == Kind.RepeatWord) return _put(message, (word + 1) * _WORD, honest[word * _WORD:]);
        uint256 target = (random >> 32) % words;
        if (target > word) {
            _put(message, word * _WORD, honest[(word + 1) * _WORD:(target + 1) * _WORD]);
        } else {
            _put(message, (target + 1) * _WORD, honest[target * _WORD:word * _WORD]);
        }
        _put(message, target * _WORD, _wordOf(honest, word));
        return honest.length;
    }

    function _send(address proofs, bytes memory message, uint256 length) private returns (bool ok, bytes4 reason) {
        assembly ("memory-safe") {
            // The length of the proof is the word before it.
            mstore(add(message, _PROOF_OFFSET), length)
            mstore(0x00, 0)
            ok := call(gas(), proofs, 0, add(message, 0x20), add(_PROOF_OFFSET, length), 0x00, 0x04)
            reason := mload(0x00)
        }
    }

    function _isAboutBytes(bytes4 reason) private pure returns (bool) {
        return
            reason == IPossessionProofs.PossessionProofs_WrongRoot.selector ||
            reason == IPossessionProofs.PossessionProofs_WrongLength.selector;
    }

    function _wordOf(bytes calldata honest, uint256 word) private pure returns (bytes calldata) {
        return honest[word * _WORD:(word + 1) * _WORD];
    }

    /// @return end where it ends in the proof
    function _put(bytes memory message, uint256 offset, bytes calldata part) private pure returns (uint256 end) {
        assembly ("memory-safe") {
            calldatacopy(add(add(message, add(0x20, _PROOF_OFFSET)), offset), part.offset, part.length)
        }
        return offset + part.length;
    }

    function _write(bytes memory message, uint256 offset, bytes32 word) private pure {
        assembly ("memory-safe") {
            mstore(add(add(message, add(0x20, _PROOF_OFFSET)), offset), word)
        }
    }

    function _hash(uint256 value) private pure returns (uint256 hash) {
        assembly ("memory-safe") {
            mstore(0x00, value)
            hash := keccak256(0x00, 0x20)
        }
    }

    function _hashOf(bytes memory message, uint256 length) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            hash := keccak256(add(message, add(0x20, _PROOF_OFFSET)), length)
        }
    }
}
