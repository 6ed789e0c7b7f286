internal import Detectors
internal import Evaluation
internal import Files
internal import Geometry
internal import Interchange

/// Results of some program, put to the pictures of a data set.
struct PredictionTable {
  /// Per picture of the data set, in the results' order.
  private(set) var found: [[ScoredPicture.Found]]
  /// Predictions of pictures or classes that the data set does not have.
  private(set) var strangers = 0
  private(set) var failures = 0

  /// - Parameters:
  ///   - path: COCO results, this toolkit's records, or a folder of YOLO's text files.
  /// - Throws: `AnnotationError`, exit 65.
  init(
    _ path: InputPath, for labelled: LabelledPictures, decoder: PictureArguments,
    leniency: inout Leniency
  ) throws {
    found = [[ScoredPicture.Found]](repeating: [], count: labelled.paths.count)
    if FileStatus(path)?.kind == .folder {
      try readYOLO(path, labelled, decoder: decoder, leniency: &leniency)
      return
    }
    let bytes = try loading(path.shown) {
      try RegularFile.read(pathBytes: path.bytes, byteLimit: 1 << 30)
    }
    let results = try Predictions(bytes, path: path.shown, leniency: &leniency)
    failures = results.failures.count
    let lookup = Lookup(labelled)
    for prediction in results.predictions {
      guard let picture = lookup.picture(prediction.picture),
        let category = lookup.category(prediction.category)
      else {
        strangers += 1
        continue
      }
      found[picture].append(
        .init(box: prediction.box, classIndex: category, score: prediction.score))
    }
  }

  private mutating func readYOLO(
    _ folder: InputPath, _ labelled: LabelledPictures, decoder: PictureArguments,
    leniency: inout Leniency
  ) throws {
    for (index, path) in labelled.paths.enumerated() {
      let stem = FolderFiles.stem(path.lastComponent)
      let file = folder.appending(stem + Array(".txt".utf8))
      guard FileStatus(file) != nil else { continue }
      let bytes = try loading(file.shown) {
        try RegularFile.read(pathBytes: file.bytes, byteLimit: 1 << 30)
      }
      var size = labelled.dataSet.pictures[index].size
      if size == nil {
        do {
          size = try decode(path, with: decoder.decoder(), isListed: true).image.size
        } catch {
          throw CommandFailure(.refused, "\(path.shown): \(error.detail)")
        }
      }
      guard let size else { continue }
      let lines = try YOLOLabels.read(
        bytes, path: file.shown, size: size, classCount: labelled.classNames.count,
        hasScores: true, leniency: &leniency)
      found[index] = lines.map {
        .init(box: $0.box, classIndex: $0.classIndex, score: $0.score ?? 0)
      }
    }
  }

  /// Pictures by number or by the end of their path, classes by number or name.
  private struct Lookup {
    var pictureIDs: [DataSet.Identifier: Int] = [:]
    var pictureNames: [[UInt8]: Int] = [:]
    var categoryIDs: [DataSet.Identifier: Int] = [:]
    let classNames: [String]

    init(_ labelled: LabelledPictures) {
      classNames = labelled.classNames
      for (index, picture) in labelled.dataSet.pictures.enumerated() {
        pictureIDs[picture.identifier] = index
        pictureNames[Array(picture.fileName.utf8)] = index
        pictureNames[labelled.paths[index].lastComponent] = index
      }
      for (index, category) in labelled.dataSet.categories.enumerated() {
        categoryIDs[category.identifier] = index
      }
    }

    func picture(_ picture: Prediction.Picture) -> Int? {
      switch picture {
      case .identifier(let identifier): return pictureIDs[identifier]
      case .path(let path):
        if let index = pictureNames[path] { return index }
        let parts = path.split(separator: slash)
        for start in parts.indices {
          let name = Array(parts[start...].joined(separator: [slash]))
          if let index = pictureNames[name] { return index }
        }
        return nil
      }
    }

    func category(_ category: Prediction.Category) -> Int? {
      switch category {
      case .identifier(let identifier): categoryIDs[identifier]
      case .name(let name): ClassNames.index(of: name, in: classNames)
      }
    }
  }
}
