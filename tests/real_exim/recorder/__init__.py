"""Makes a recording: a real Exim between clients and servers that note what they said and saw.

Nothing outside is touched: it runs in network and mount namespaces of its own.
"""
