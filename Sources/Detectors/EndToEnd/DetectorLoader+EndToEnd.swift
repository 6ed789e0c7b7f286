internal import Geometry
internal import ModelFormats
internal import Neural

extension DetectorLoader {
  /// A detector of the model's list of boxes; `nil` when it gives none and none is asked for.
  ///
  /// - Throws: `DetectorError.unrecognisedList` when the family asked for does not fit,
  ///   `.ambiguousList` when none is asked for and two readings do, else as `load`.
  static func loadEndToEnd(
    _ model: Model, manifest: ModelManifest?, options: DetectorOptions
  ) throws -> EndToEndDetector? {
    let isOther = options.family != nil || options.heatmapFamily != nil
    let isOtherInManifest = manifest?.family != nil || manifest?.heatmapFamily != nil
    let requested = options.endToEndFamily ?? (isOther ? nil : manifest?.endToEndFamily)
    guard requested != nil || !(isOther || isOtherInManifest) else { return nil }
    let recognition = EndToEndRecognition(
      inputs: model.graph.inputs.map { .init($0.name, sizes($0.dimensions)) },
      outputs: model.outputs.map { .init($0.name, sizes($0.dimensions)) },
      hasGridSample: model.graph.nodes.contains { $0.operation is GridSample },
      hasTopK: model.graph.nodes.contains { $0.operation is TopK },
      dependsOnData: model.graph.nodes.contains {
        $0.operation is NonMaxSuppression || $0.operation is NonZero
      },
      queryHead: QueryHead(model.graph))
    guard let (family, layout) = try recognition.plan(requested) else {
      guard let requested else { return nil }
      let names = model.outputs.prefix(8).map(\.name).joined(separator: ", ")
      throw DetectorError.unrecognisedList(names, family: requested)
    }
    let metadata = try ModelMetadata(model.metadata)
    let input = try PictureInput(
      model.graph, requested: options.inputSize ?? manifest?.inputSize,
      defaultSize: metadata.inputSize ?? Size(width: 640, height: 640))
    let shapes = Dictionary(
      zip(model.graph.inputs.map(\.name), input.shapes), uniquingKeysWith: { first, _ in first })
    let network = try HybridNetwork(
      graph: model.graph, inputShapes: shapes,
      options: options.execution)
    let given = manifest?.classNames ?? metadata.classNames
    let count = classCount(layout, network.outputTypes.map { $0?.shape })
    let classNames =
      given ?? count.map { names(count: $0, family) }
      ?? (family.countsFromBackground ? COCOClasses.categories : COCOClasses.names)
    if let count, count != classNames.count {
      throw DetectorError.classNameMismatch(names: classNames.count, classes: count)
    }
    return try EndToEndDetector(
      network: network, family: family,
      decoder: BoxListDecoder(
        layout: layout, inputSize: input.inputSize, classCount: classNames.count,
        outputNames: network.outputNames),
      input: input, classNames: classNames, manifest: manifest, options: options)
  }

  private static func names(count: Int, _ family: EndToEndFamily) -> [String] {
    count == COCOClasses.categories.count && family.countsFromBackground
      ? COCOClasses.categories : ClassNames.defaults(count: count)
  }

  /// The number of classes, where the outputs' shapes tell it.
  private static func classCount(_ layout: BoxListLayout, _ shapes: [[Int]?]) -> Int? {
    switch layout {
    case .queries(let scores, _, let activation):
      guard let width = shapes[scores]?.last else { return nil }
      return activation == .softmaxWithNoObject ? width - 1 : width
    case .joinedQueries(let output): return shapes[output]?.last.map { $0 - 4 }
    case .rows, .lists, .cornersWithScore: return nil
    }
  }

  /// -1 for open sizes.
  private static func sizes(_ dimensions: [Graph.Dimension]?) -> [Int]? {
    dimensions?.map { if case .fixed(let size) = $0 { size } else { -1 } }
  }
}
