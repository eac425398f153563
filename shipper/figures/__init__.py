"""The charts of the dashboards as numbers: counted by a cluster, or over the documents of logs, with the same result.

    panels = load_panels()
    scope = Scope(since=datetime(2019, 6, 1, tzinfo=UTC))
    report = make_report(panels, chosen(panels, ("tls",)), ClusterSource(cluster, prefix), scope)
    for section in report.sections:
        for figure in section.figures:                # a chart of `panels.yaml`, and its rows
            ...

Each chart of the declaration is the plan: a query, buckets within buckets, metrics. `ClusterSource` turns it into one
search, `FileSource` into counters that every document goes through; both give a `Group`, from which rows are made.
"""
