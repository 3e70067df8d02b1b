"""`make security`: what can be checked from outside and from the source, tried on a production server of its own and told in
docs/security/report.md. Nothing here is part of the programme."""
