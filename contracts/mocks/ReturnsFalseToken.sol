// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A token that answers false instead of reverting
/// @notice For tests; only what escrow calls.
contract ReturnsFalseToken {
    mapping(address owner => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    /// @notice When set, transfers move nothing and answer false, whatever the balance.
    bool public refuses;

    /// @param holder who gets the whole supply
    /// @param supply token wei
    constructor(address holder, uint256 supply) {
        balanceOf[holder] = supply;
    }

    function setRefuses(bool refuses_) external {
        refuses = refuses_;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        if (allowance[from][msg.sender] < amount) return false;
        allowance[from][msg.sender] -= amount;
        return _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (refuses || balanceOf[from] < amount) return false;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}
