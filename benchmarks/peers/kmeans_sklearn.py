"""k-means with scikit-learn, all cores. usage: kmeans_sklearn.py POINTS DIMENSION CLUSTERS RESTARTS (raw float64, row by row)"""
import sys

import numpy as np
import sklearn
from sklearn.cluster import KMeans

from peer import serve


def main():
    points = np.fromfile(sys.argv[1]).reshape(-1, int(sys.argv[2]))
    clusters, restarts = int(sys.argv[3]), int(sys.argv[4])
    seed = 0

    def work():
        nonlocal seed
        seed += 1
        found = KMeans(clusters, n_init=restarts, random_state=seed).fit(points)
        return {"inertia": float(found.inertia_), "points": len(found.labels_)}

    serve(work, numpy=np.__version__, sklearn=sklearn.__version__)


if __name__ == "__main__":
    main()
