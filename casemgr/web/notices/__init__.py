"""What is told and where: the inbox, channels of one's own, the calendar address, test messages."""
