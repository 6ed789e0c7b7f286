package import Geometry

/// Finds out which family a network belongs to and how its outputs are read: from Darknet's
/// sections, from what the exporter wrote, else from the outputs' shapes and the operators that
/// lead to them.
package struct GridRecognition: Sendable {
  package var outputs: [HeadOutput]
  package var inputSize: Size
  package var metadata: ModelMetadata
  package var manifest: ModelManifest?
  /// What the caller asks for, else the manifest's family.
  package var requestedFamily: GridFamily?

  package init(
    outputs: [HeadOutput], inputSize: Size, metadata: ModelMetadata = ModelMetadata(),
    manifest: ModelManifest? = nil, requestedFamily: GridFamily? = nil
  ) {
    self.outputs = outputs
    self.inputSize = inputSize
    self.metadata = metadata
    self.manifest = manifest
    self.requestedFamily = requestedFamily ?? manifest?.family
  }

  /// One way to read the outputs; `makeHeads` may still find that anchors are missing.
  struct Interpretation {
    var family: GridFamily
    var classCount: Int
    var makeHeads: () throws -> [GridHead]
  }

  /// The number of classes that names tell, where there are names.
  var knownClassCount: Int? { manifest?.classNames?.count ?? metadata.classNames?.count }

  /// The plan of the one family that fits.
  ///
  /// Where several fit, class names decide, then the 80 classes of COCO.
  /// - Throws: `DetectorError.ambiguousFamily`, `.unrecognisedOutputs`, `.classNameMismatch`,
  ///   `.missingAnchors`, `.anchorMismatch`.
  package func plan() throws -> GridPlan {
    var found = families.flatMap(interpretations)
    guard !found.isEmpty else {
      throw DetectorError.unrecognisedOutputs(outputsText, family: requestedFamily)
    }
    if let knownClassCount {
      let counts = found.map(\.classCount)
      found.removeAll { $0.classCount != knownClassCount }
      if found.isEmpty {
        throw DetectorError.classNameMismatch(names: knownClassCount, classes: counts[0])
      }
    }
    if found.count > 1 {
      let coco = found.filter { $0.classCount == COCOClasses.names.count }
      if !coco.isEmpty { found = coco }
    }
    guard found.count == 1 else {
      throw DetectorError.ambiguousFamily(found.map(\.family), outputs: outputsText)
    }
    return GridPlan(
      family: found[0].family, classCount: found[0].classCount, heads: try found[0].makeHeads())
  }

  private var families: [GridFamily] {
    if let requestedFamily { return [requestedFamily] }
    if metadata.isEndToEnd { return [.yolov10] }
    if metadata.isUltralytics { return [.yolov5, .yolov8, .yolov10] }
    return GridFamily.allCases
  }

  private func interpretations(_ family: GridFamily) -> [Interpretation] {
    switch family {
    case .yolov1: yolov1()
    case .yolov2: yolov2()
    case .yolov3: anchorMaps(.yolov3)
    case .yolov5: yolov5Rows() ?? anchorMaps(.yolov5)
    case .yolov8: yolov8Rows() ?? distributionMaps() ?? distributionPairs(.yolov8)
    case .yolov10: endToEnd()
    case .yolox: yolox()
    case .fastestdet: fastestDet()
    case .nanodet: nanoDetRows() ?? distributionPairs(.nanodet)
    case .picodet: distributionPairs(.picodet)
    case .fcos: fcos()
    }
  }

  func isRequested(_ family: GridFamily) -> Bool { requestedFamily == family }

  /// `name [1, 84, 8400], …` for messages.
  var outputsText: String {
    let texts = outputs.prefix(8).map { output in
      "\(output.name) [\(output.shape.map(String.init).joined(separator: ", "))]"
    }
    return texts.joined(separator: ", ") + (outputs.count > 8 ? ", …" : "")
  }

  /// Cells of all levels with these strides.
  func cellCount(strides: [Int]) -> Int {
    GridLevel.levels(strides: strides, inputSize: inputSize).cellCount
  }

  /// The level whose grid has this size.
  func level(columns: Int, rows: Int) -> GridLevel? {
    [4, 8, 16, 32, 64, 128].lazy.map { GridLevel(strideInPixels: $0, inputSize: inputSize) }
      .first { $0.columns == columns && $0.rows == rows }
  }
}
