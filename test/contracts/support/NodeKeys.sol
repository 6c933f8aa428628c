// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice Public keys (x || y) of the test providers' node keys: Hardhat's cheat codes derive addresses, not points.
library NodeKeys {
    function publicKeyOf(uint256 key) internal pure returns (bytes memory) {
        if (key == 0xA001)
            return
                hex"c493d860b9a2db32479513a711462c910ace80e11289642cf507cbc1824df1ea01f4cf358efe9152102aae4ca3c888ea229deeb4c7a7364e4ae32705e94e16f1";
        if (key == 0xA002)
            return
                hex"d162dcd258847660792cbcdeecaea49a5f6003ea4441384e01a3d29aea505f5db7e2904693b9af2e3b0f799f531548dfb96f7a548b94907c20f65a85086f8dba";
        if (key == 0xA003)
            return
                hex"2306264321360d2274055b9bcfa4125f3cda125159e63d8573e5abe8d56ac2aa0bd2692d089ce765c02647882211e0331b030dfcad6f4b68a0692dd4846bda4b";
        if (key == 0xA004)
            return
                hex"29d0c3609c7bcb77a8c90375cf406b1d3427d9a22b30a2dba62bb5c68087f68dab6174cf49a59aae94c6075afcfeb754b68696051b25eb677fc23bcc4c3d2ec9";
        if (key == 0xA005)
            return
                hex"bb3be44e5fb57cb3316c0f26647fff5262070ca5e7586bbe8f590bb02f65733d9a2f41784b70f1cc2159f7cd8ff4ea50bd8fd3a798d22e9cdc998d0705da5000";
        if (key == 0xA006)
            return
                hex"5d131dac118f0cff8f5b2b1d6a1388bd2fd5a4fcf5f6f74ad424d3e9eed4f870df95b0886c0c79be591af7b8983deb911cb46adc69d47a8d4f229183f8a714d4";
        if (key == 0xA007)
            return
                hex"1c8a155406e55e20cfbb9d430aa259686d943202ff2044ded5a77a4e218d0d3ec5cebc8f80c096dd214c0658f5c7ef1428ab11e83a2d5bb3281f89b8493b836e";
        if (key == 0xA008)
            return
                hex"47e521fec0f16e37cc1bb95caebada78d35b7c77bdff85e380a3f8c7cd8ebf4837ca4ca19790f9249bfa82bfb7fa4384451f9854bf985bb4952938c3562fc25e";
        if (key == 0xA009)
            return
                hex"05b9892d41e3f7bd8954cb55eb4cdc3c7270d18cb6465f48e67af186207f0650d3ec34302c0f4c0638b60faaf673bb42ac9e9eba09ce325747b9edf301402474";
        if (key == 0xA00a)
            return
                hex"24a521c54fc6c1f1445e31fe226eae11250ef39b8621b3543a03c8dfe1f1cbc7751706fe234e399d2da6acca46221730f9d1b063a4ab88844e2e3e75e7b77fe9";
        if (key == 0xA00b)
            return
                hex"31ae9b5a6a227b258517889d4e3865092090bc048d22da359ed05ec268d4074cabcf4256d4724dfa88d3f86092f1a6b41c21615d2a92ce2c817e4287bb85096c";
        if (key == 0xA00c)
            return
                hex"c24378ec46a276b8dff98d9f59c1bc478d47329e36a600a4fd74fceda056a11c49fce0ed8e0b72cb3628c41431284a578c54701dab95720217fd1141730b6cf8";
        if (key == 0xA00d)
            return
                hex"925c7fdddce9b7ed924d4a3e72527135bba03fde6635d09cffb7a060aa749a7a56d0d68006fdb30104f51594ef77a064778db414bcec456ccbd8a6784257b5da";
        if (key == 0xA00e)
            return
                hex"18ea31529128b1af1e868f7a6dc4685f095f47ec4feb1a358e8dc219c7990369290361701ab215175302a134df0725eb101d00470ace371492062894e182243e";
        if (key == 0xA00f)
            return
                hex"ac264aed1ac26a5a5bb388266fb5fb869bda56dd5af2893654f1db6d106db776ce38ddc155094d78941ad2ce4d25e76440044aeb9b229614d939fdfb7e92f470";
        if (key == 0xA010)
            return
                hex"a71a37cf9157bc28c2febc8b630b89c8ac0bf773edeb5cbc87f53f5f910885ea89146a2fe10e797f00e3058679b47c2d9d2746fd27ae7440c3da83ddc5f7aa38";
        revert("no public key listed for this node key");
    }
}
