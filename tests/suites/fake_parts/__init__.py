"""Parts that measure nothing but behave, or misbehave, in one way each; the driver's tests run them."""
