"""Taking in what others send: spreadsheets of messages, orders and petitions, read row by row. Import the modules."""
