"""The record of a bureau's 双随机 inspections, and every rule by which anyone can verify it.

Read in this order: ``proof`` (what an auditor must trust), ``office`` (the bureau's rules),
``audit`` (the numbered checks), ``log`` and ``store`` (how the record is kept), ``views``
(what is shown), ``intake`` (what offices hand in), ``cli`` (the ``double-random`` command).
Imports point down only: cli, log, store, audit and views and intake, office, proof.
"""

__version__ = "0.1.0"
