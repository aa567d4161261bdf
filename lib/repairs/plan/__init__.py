"""What would repair it, in which order, and why? Reviewed SQL alone; nothing here runs it."""

from lib.repairs.plan.making import Action, Decision, Plan, plan
from lib.repairs.plan.text import as_sql

__all__ = ["Action", "Decision", "Plan", "as_sql", "plan"]
