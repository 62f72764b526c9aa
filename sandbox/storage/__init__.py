"""Cloud Storage: buckets, objects and their versions; uploads that can be resumed; bytes in plain files."""
