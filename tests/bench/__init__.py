"""The measuring instruments are tested too: a provider that counts wrongly would prove anything."""
