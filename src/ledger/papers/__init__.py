"""Documents that an official prints: the inspection scheme, the checklist, the bulletin; as DOCX and as HTML.

Read in this order: `page` (what a document is made of), `case` (the facts of one inspection), `scheme`, `checklist` and
`bulletin` (what each says), `html` and `docx` (how it looks). A document follows from the record and from nothing else:
no clock is read, so that the same case gives the same bytes. Everything stands in Chinese, with English beside it.
"""
