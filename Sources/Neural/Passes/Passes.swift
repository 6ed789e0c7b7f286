/// The rewrites that every network gets before it is planned, in order.
///
/// A pass keeps the values of all network outputs up to rounding; it rewrites the graph and never
/// runs it.
package enum Passes {
  package typealias Pass = @Sendable (inout ShapedGraph) throws -> Void

  /// Name and function of each pass, in the order in which they run.
  package static let standard: [(name: String, run: Pass)] = [
    ("remove identities", removeIdentities),
    ("form integer sections", formIntegerSections),
    ("recognise quantised products", recogniseQuantizedProducts),
    ("recognise global pooling", recogniseGlobalPooling),
    ("fold affine steps into convolutions", foldAffineSteps),
    ("recognise activations", recogniseActivations),
    ("fuse activations", fuseActivations),
    ("hoist activations", hoistActivations),
    ("fuse residuals", fuseResiduals),
    ("resize after pointwise convolutions", resizeAfterPointwise),
    ("recognise softmax means", recogniseSoftmaxMean),
    ("recognise attention", recogniseAttention),
    ("recognise attention over rows", recogniseRowAttention),
    ("recognise channel gathers", recogniseChannelGathers),
  ]

  /// Runs the standard passes.
  ///
  /// - Throws: `TensorError.outOfMemory`, or `GraphError` when the graph turns out to be malformed.
  package static func optimise(_ graph: inout ShapedGraph) throws {
    for pass in standard {
      try pass.run(&graph)
      graph.removeDeadNodes()
    }
  }
}
