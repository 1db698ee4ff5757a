"""Classifier: folds the case, emits classifications."""
