"""Stage events -> messages: sessions, transactions, handoffs."""
