"""Allocation policies: pure functions `f(claims, budget) -> grants`, one file per family, and their register."""

from sim.allocation.register import Policy, allocate, get, load_policy, name_of, policies, policy, policy_fault

__all__ = ["Policy", "allocate", "get", "load_policy", "name_of", "policies", "policy", "policy_fault"]
