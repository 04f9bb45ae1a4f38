"""The HTTP surface, a file for each thing that it does.

    services       the collaborators that everything here is built from
    deciding       a request's map, its classifications, its decision
    chat           one chat request, from its body to its answer
    questions      what calls no model: a decision explained, the models, feedback
    attend         the wait for an answer, which ends where the caller leaves
    event_stream   a streamed answer, and what a host that gives answers whole can give
    refusals       every error, in the caller's dialect
    body           a request's body

`app.py` joins them into routes.
"""
