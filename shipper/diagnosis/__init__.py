"""What could keep a shipper from its work, each as one check: ok, warning or failed, and what to do."""
