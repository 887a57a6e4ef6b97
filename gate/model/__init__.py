"""Predictions and what they are worth: a library that knows nothing of gates.

What to import, and what is behind it:

analysis      all that is found of a model, as one value and as JSON
spec          what is to be analysed, and what it is held to
specfile      the file of such a specification
reading       a file of predictions -> predictions; labels, classes, tables behind it
predictions   the arrays that all else is computed from
slicing       the slices of the rows
metrics       the metrics and their values; binary, multiclass, regression, ranking
              behind it
gaps          how far metrics differ between slices
decisions     what the threshold costs; thresholds and strategies behind it
features      the columns that the model sees, as numbers and codes; inputs has those
              of a file of their own
counterfactuals  the nearest row with another outcome, by distances
whatif        what the predict function says if: dependence, attributeflips, rowedits
predicting    who is asked that; child calls the function; earlier asks the base's
segments      slices nobody named and where the model is worse
intervals     how sure a metric is
comparing     head and base on the rows that both have; joining, changing, delong,
              losses, matrices, resampling and significance behind it
judging       all of it held to the specification; bounding and drops behind it
judgement     what is said then
"""
