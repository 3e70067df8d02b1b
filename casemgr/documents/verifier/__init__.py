"""The programme that checks a sealed file, apart from everything else: it runs where casemgr is not."""
