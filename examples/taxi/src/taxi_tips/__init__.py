"""Which Chicago taxi rides end with a generous tip?"""
