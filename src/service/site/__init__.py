"""The public site: pages rendered on the server from the published log; it holds no key.

1. `pages`     which pages there are; `page` is how a module enters its own
2. `announcements`, `cases`, `registries`, `enterprises`, `oversight`, `searching`, `explaining`: what they show;
   `draws` and `stations` for a draw's; `naming` says what things are called where a citizen reads
3. `figures`   pictures as SVG: tickets with their threshold, officers' load, the year's calendar
4. `language`  Chinese and English, one beside the other
5. `render`    templates into HTML, links relative, so that any folder of any web server will do
6. `routes`    the pages over HTTP; `complaints`, the one form that is taken
7. `export`    the same pages as files, for the district portal; `command` is `export site`

`templates/` holds the pages' frames, `static/` the style sheet and the verifier's JavaScript modules.
"""
