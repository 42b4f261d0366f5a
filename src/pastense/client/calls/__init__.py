"""The calls: plain functions from what a caller gives to a call under way, one file per room.

Both clients are tables of these; see `binding.py`.
"""
