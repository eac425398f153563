"""Tables made of message documents and their lines, as files for spreadsheets and for analysis."""
