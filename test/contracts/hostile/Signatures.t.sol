// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SignatureMatrix} from "./SignatureMatrix.sol";
import {Agreements} from "../../../contracts/Agreements.sol";
import {AgreementParams} from "../../../contracts/agreements/AgreementStore.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {NodeRegistry} from "../../../contracts/NodeRegistry.sol";
import {OrderBook} from "../../../contracts/OrderBook.sol";
import {
    ContractWallet,
    DirtyReturnWallet,
    GasBombWallet,
    RevertingWallet,
    ShortReturnWallet
} from "../../../contracts/mocks/ContractWallets.sol";

/// @notice [24] to [27] for each of the seven messages that the market takes: each threat is one test over all of them.
contract SignaturesTest is SignatureMatrix {
    bytes4 private constant CLIENTS = IAgreements.Agreements_BadClientSignature.selector;
    uint256 private constant OWNER_KEY = 0x0E4;
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @dev The bad signature is refused with its error and uses nothing up: the good one still holds.
    function _refused(Message memory message, bytes memory bad) private {
        uint256 snapshot = vm.snapshotState();
        vm.expectPartialRevert(message.refusal);
        message.submit(bad);
        message.submit(_good(message));
        vm.revertToState(snapshot);
    }

    function test_EachIsAcceptedOnce() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            uint256 snapshot = vm.snapshotState();
            bytes memory signature = _good(list[i]);
            list[i].submit(signature);
            vm.expectPartialRevert(list[i].replay);
            list[i].submit(signature);
            vm.revertToState(snapshot);
        }
    }

    // ------------------------------------------------------ [24] malleability

    function test_RevertWhen_SIsMirrored() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(list[i].key, _digestOf(list[i]));
            _refused(list[i], abi.encodePacked(r, CURVE_ORDER - uint256(s), v == 27 ? uint8(28) : uint8(27)));
        }
    }

    function test_RevertWhen_InItsCompactForm() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(list[i].key, _digestOf(list[i]));
            _refused(list[i], abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255)));
        }
    }

    function test_RevertWhen_BytesTrail() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            bytes memory good = _good(list[i]);
            _refused(list[i], bytes.concat(good, hex"00"));
            _refused(list[i], bytes.concat(good, good));
        }
    }

    function test_RevertWhen_BytesAreMissing() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            (, bytes32 r, bytes32 s) = vm.sign(list[i].key, _digestOf(list[i]));
            _refused(list[i], abi.encodePacked(r, s));
            // Without a client's signature the caller is taken for its session key, which it is not.
            if (list[i].refusal == CLIENTS) list[i].refusal = IEscrow.Escrow_NoSession.selector;
            _refused(list[i], "");
        }
    }

    function test_RevertWhen_VIsAnother() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(list[i].key, _digestOf(list[i]));
            _refused(list[i], abi.encodePacked(r, s, v - 27));
            _refused(list[i], abi.encodePacked(r, s, v == 27 ? uint8(28) : uint8(27)));
            // As EIP-155 writes it for chain 1.
            _refused(list[i], abi.encodePacked(r, s, v + 10));
        }
    }

    /// @dev What ecrecover makes of it is address zero, which nobody is.
    function test_RevertWhen_SignatureIsZero() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            _refused(list[i], new bytes(65));
            _refused(list[i], abi.encodePacked(bytes32(0), bytes32(0), uint8(27)));
        }
    }

    function test_RevertWhen_SignedByAnother() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            _refused(list[i], _sign(0xBAD, _digestOf(list[i])));
        }
    }

    /// @dev Each message's signature is none of any other's: the types differ, whoever signs.
    function test_RevertWhen_SignedAsAnotherMessage() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            for (uint256 j; j < MESSAGES; ++j) {
                // The two signatures of a renewal are of one message.
                if (list[i].structHash == list[j].structHash) continue;
                _refused(list[i], _sign(list[i].key, _digestOf(list[j])));
            }
        }
    }

    // ------------------------------------------------------- [25] [26] wallets

    function test_ContractWalletsSign() public {
        _walletsOf(address(new ContractWallet(vm.addr(OWNER_KEY))), true);
    }

    function test_RevertWhen_TheAccountHasNoCode() public {
        _walletsOf(address(0), false);
    }

    function test_RevertWhen_TheWalletAnswersTooShort() public {
        _walletsOf(address(new ShortReturnWallet()), false);
    }

    function test_RevertWhen_TheWalletAnswersWithDirt() public {
        _walletsOf(address(new DirtyReturnWallet()), false);
    }

    function test_RevertWhen_TheWalletReverts() public {
        _walletsOf(address(new RevertingWallet()), false);
    }

    function test_RevertWhen_TheWalletWasUpgradedAfterSigning() public {
        ContractWallet wallet = new ContractWallet(vm.addr(OWNER_KEY));
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            if (list[i].wallet == address(0)) continue;
            vm.etch(list[i].wallet, address(wallet).code);
            bytes memory signature = _sign(OWNER_KEY, _digestOf(list[i]));
            ContractWallet(list[i].wallet).close();
            vm.expectPartialRevert(list[i].refusal);
            list[i].submit(signature);
            vm.etch(list[i].wallet, "");
        }
    }

    /// @dev The account's own key no longer counts for a client once the account has code, as delegated accounts do (EIP-7702).
    function test_RevertWhen_TheKeyOfAnAccountWithCodeSigns() public {
        Message[MESSAGES] memory list = _messages();
        vm.etch(client, address(new ContractWallet(vm.addr(OWNER_KEY))).code);
        for (uint256 i; i < MESSAGES; ++i) {
            if (list[i].wallet != client) continue;
            vm.expectPartialRevert(list[i].refusal);
            list[i].submit(_good(list[i]));
        }
    }

    function test_RevertWhen_TheWalletBurnsItsGas() public {
        Message[MESSAGES] memory list = _messages();
        bytes memory code = address(new GasBombWallet()).code;
        for (uint256 i; i < MESSAGES; ++i) {
            if (list[i].wallet == address(0)) continue;
            vm.etch(list[i].wallet, code);
            bytes32 books = _books();
            bytes memory data = abi.encodeCall(this.submit, (i, _sign(OWNER_KEY, _digestOf(list[i]))));
            (bool accepted, ) = address(this).call{gas: 5_000_000}(data);
            assertFalse(accepted, list[i].name);
            assertEq(_books(), books, list[i].name);
            vm.etch(list[i].wallet, "");
        }
    }

    function submit(uint256 i, bytes calldata signature) external {
        _messages()[i].submit(signature);
    }

    function _walletsOf(address code, bool accepted) private {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            if (list[i].wallet == address(0)) continue;
            uint256 snapshot = vm.snapshotState();
            vm.etch(list[i].wallet, code.code);
            if (!accepted) vm.expectPartialRevert(list[i].refusal);
            list[i].submit(_sign(OWNER_KEY, _digestOf(list[i])));
            vm.revertToState(snapshot);
        }
    }

    /// @dev [26] The binding names the operator: another wallet of the same owner cannot take the node.
    function test_RevertWhen_AnotherOperatorUsesTheBinding() public {
        Message memory binding = _messages()[5];
        bytes memory signature = _good(binding);
        vm.expectPartialRevert(binding.refusal);
        _registerAs(client, signature);
        binding.submit(signature);
    }

    // -------------------------------------------------------------- [27] replay

    function test_RevertWhen_SignedForAnotherChain() public {
        Message[MESSAGES] memory list = _messages();
        uint256 here = block.chainid;
        for (uint256 i; i < MESSAGES; ++i) {
            vm.chainId(here + 1);
            bytes memory signature = _good(list[i]);
            vm.chainId(here);
            _refused(list[i], signature);
        }
    }

    /// @dev The chain forks after signing: on the branch with the new id the old signature is void, and one for the new id holds.
    function test_RevertWhen_TheChainForkedAfterSigning() public {
        Message[MESSAGES] memory list = _messages();
        uint256 here = block.chainid;
        for (uint256 i; i < MESSAGES; ++i) {
            bytes memory signature = _good(list[i]);
            vm.chainId(here + 1);
            _refused(list[i], signature);
            vm.chainId(here);
        }
    }

    function test_RevertWhen_SignedForAnotherDeployment() public {
        Message[MESSAGES] memory list = _messages();
        address second = address(_secondAgreements());
        address secondRegistry = address(new NodeRegistry(collateral, randomness, priceIndex));
        address secondBook = address(
            new OrderBook(escrow, registry, proofs, reputation, priceIndex, address(agreements))
        );
        for (uint256 i; i < MESSAGES; ++i) {
            address verifier = list[i].verifier == address(registry) ? secondRegistry : second;
            if (list[i].verifier == address(orderBook)) verifier = secondBook;
            _refused(list[i], _sign(list[i].key, _digest(list[i].domain, verifier, list[i].structHash)));
        }
    }

    function test_RevertWhen_SignedForAnotherContractOfTheMarket() public {
        Message[MESSAGES] memory list = _messages();
        for (uint256 i; i < MESSAGES; ++i) {
            string memory other = i == MESSAGES - 1 ? list[0].domain : list[MESSAGES - 1].domain;
            address verifier = i == MESSAGES - 1 ? list[0].verifier : list[MESSAGES - 1].verifier;
            _refused(list[i], _sign(list[i].key, _digest(other, list[i].verifier, list[i].structHash)));
            _refused(list[i], _sign(list[i].key, _digest(list[i].domain, verifier, list[i].structHash)));
        }
    }

    function _secondAgreements() private returns (Agreements) {
        AgreementParams memory params = AgreementParams(200, 2_000, 1, 1e6);
        return
            new Agreements(
                params,
                escrow,
                registry,
                orderBook,
                proofs,
                collateral,
                reputation,
                priceIndex,
                address(audits),
                address(demands)
            );
    }
}
