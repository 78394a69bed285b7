"""Training: a loop that is a plain generator, and the settings it takes."""

from rnnviz.training.loop import Progress, Settings, initialise, train, validation_loss

__all__ = ["Progress", "Settings", "initialise", "train", "validation_loss"]
