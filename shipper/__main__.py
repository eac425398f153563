"""`python -m shipper` is `utm-shipper`."""

from shipper.commands import main

main(prog_name="utm-shipper")
