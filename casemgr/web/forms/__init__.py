"""Forms: made from the field specs of the workflows, or written by hand for pages without a step. The only home of WTForms."""
