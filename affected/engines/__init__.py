"""Engines that find who is affected: one file an engine, found by walking this folder."""
