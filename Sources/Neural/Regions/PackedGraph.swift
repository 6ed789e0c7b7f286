/// A network for several pictures on one canvas, each with the results of a run of its own.
///
/// One pass over a canvas replaces one pass per picture ("patchwork": Dubout & Fleuret 2012,
/// Iandola et al. 2014, arXiv:1404.1869). Networks of valid convolutions need no gaps; for others
/// the gaps are set, before each operator that reads them, to that operator's padding.
package struct PackedGraph: Sendable {
  /// The graph for the whole canvas; between the pictures its input must hold zeros.
  package let graph: ShapedGraph
  /// `[picture][output]`: how to cut each picture's part out of each output.
  package let crops: [[RegionCrop]]

  /// - Parameters:
  ///   - canvas: The graph for one canvas `[1, C, rows, columns]`.
  ///   - pictures: Where they lie; origins and distances as `ShapedGraph.packedFootprint` says.
  /// - Throws: `RegionError` naming the operator that cannot be packed, or that would read one
  ///   picture into another; `GraphError`.
  package init(canvas: ShapedGraph, pictures: [SpatialRegion]) throws {
    var graph = canvas
    try Passes.optimise(&graph)
    let shape = graph.graph.inputs.first.map { graph.type(of: $0.value).shape } ?? []
    guard shape.count == 4, shape[0] == 1 else {
      throw RegionError.unsuitable("the network does not take one picture [1, C, rows, columns]")
    }
    let whole = SpatialRegion(rows: 0..<shape[2], columns: 0..<shape[3])
    for (index, picture) in pictures.enumerated() {
      guard whole.contains(picture), !picture.rows.isEmpty, !picture.columns.isEmpty else {
        throw RegionError.unsuitable(
          "picture \(index) of \(picture) is not on a canvas of \(whole)")
      }
      for other in pictures[..<index] where other.intersects(picture) {
        throw RegionError.unsuitable("pictures lie on each other at \(picture)")
      }
    }
    let walk = try RegionWalk(graph, rule: PackingRule(), start: pictures)
    crops = pictures.indices.map { index in
      graph.graph.outputs.map { output in
        walk.crop(of: output.value, shape: graph.type(of: output.value).shape) { $0[index] }
      }
    }
    Passes.maskGaps(&graph, walk)
    self.graph = graph
  }
}
