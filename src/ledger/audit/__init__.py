"""Numbered checks over a log, a bundle or one enterprise's proof, each passed, failed or not checked."""
