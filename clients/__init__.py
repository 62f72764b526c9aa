"""One module for each outside system. Vendor JSON and protobuf stop here."""
