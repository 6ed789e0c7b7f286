internal import Detectors
internal import Evaluation
internal import Files
internal import Geometry
internal import Interchange

/// A data set with the places of its pictures.
struct LabelledPictures {
  private(set) var dataSet: DataSet
  /// One per picture of the data set.
  private(set) var paths: [InputPath]

  init(_ dataSet: DataSet, paths: [InputPath]) {
    precondition(dataSet.pictures.count == paths.count)
    self.dataSet = dataSet
    self.paths = paths
  }

  var classNames: [String] { dataSet.categories.map(\.name) }

  /// Keeps the pictures whose name, with or without extension, is a line of a file.
  ///
  /// - Throws: Exit 65 when it cannot be read, names none of them or something else.
  mutating func keep(listedIn list: InputPath) throws {
    let bytes = try loading(list.shown) {
      try RegularFile.read(pathBytes: list.bytes, byteLimit: 1 << 28)
    }
    var wanted: Set<[UInt8]> = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let name = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      wanted.insert(InputPath(bytes: Array(name)).lastComponent)
    }
    wanted.remove([])
    let kept = paths.indices.filter { index in
      let name = paths[index].lastComponent
      return wanted.contains(name) || wanted.contains(FolderFiles.stem(name))
    }
    guard kept.count == wanted.count else {
      throw CommandFailure(
        .refused, "\(list.shown): \(wanted.count) names, \(kept.count) of them in the data set")
    }
    dataSet.pictures = kept.map { dataSet.pictures[$0] }
    paths = kept.map { paths[$0] }
  }

  /// The labels of a picture as the evaluation takes them.
  func objects(of picture: Int) -> [ScoredPicture.Object] {
    dataSet.pictures[picture].objects.map {
      ScoredPicture.Object(
        box: $0.box, classIndex: $0.category, area: $0.area, isCrowd: $0.isCrowd,
        isIgnored: $0.isIgnored)
    }
  }

  /// Per class of a model the data set's class of that name or an alias of it; `nil` for none.
  ///
  /// Says on standard error which have none.
  ///
  /// - Throws: Exit 65 when no class fits.
  func classIndices(of modelNames: [String]) throws -> [Int?] {
    let names = classNames
    let indices = modelNames.map { ClassNames.index(of: $0, in: names) }
    let unknown = zip(modelNames, indices).filter { $1 == nil }.map(\.0)
    guard unknown.count < modelNames.count else {
      throw CommandFailure(.refused, "the data set has none of the model's classes")
    }
    if !unknown.isEmpty {
      let shown = unknown.prefix(5).joined(separator: ", ") + (unknown.count > 5 ? ", …" : "")
      StandardStreams.message(
        "the data set lacks \(unknown.count) of the model's classes, which are left out: \(shown)")
    }
    return indices
  }
}
