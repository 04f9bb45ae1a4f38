"""The web console: a playground, the tier map with diff and simulation, and what routing saved.

static/     the page itself: plain HTML, CSS and ES modules, served as they are
routes      what the page asks beside the endpoint's own API
mapping     a tier map as the page may see it
simulate    the same prompts, decided by two maps
savings     spend and saving by hour and task, from CloudWatch
"""
